//! The binary: see the library of the same name.

/// Wipes all memory that is given back. Keys and tokens pass through buffers that are not ours, of HTTP, TLS and
/// database libraries; none of them is left readable behind (docs/adr/0007).
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> std::process::ExitCode {
    keyward::run()
}
