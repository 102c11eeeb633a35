//! How the kernel gives memory to this process.

/// Has memory come in small pages. In huge ones (transparent huge pages, which the allocator asks for) what was given back
/// stays with the process as long as anything beside it is in use: a tenth and more of what a million tokens take.
pub(crate) fn keep_small() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "memory may come in huge pages");
    }
}
