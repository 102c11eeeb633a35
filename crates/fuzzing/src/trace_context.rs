//! `traceparent` and `tracestate`.

use keyward_wire::TraceParent;
use keyward_wire::trace_context::is_tracestate;

/// Lines of bytes are the values of field lines. What was read of a parent is written and read as the same; a list of
/// vendors is one however it is spread over lines.
pub fn trace_context(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for line in &lines {
        let Some(parent) = TraceParent::read(line) else { continue };
        assert!(parent.trace_id != [0; 16] && parent.span_id != [0; 8]);
        assert_eq!(TraceParent::read(&parent.write()), Some(parent));
        assert!(line[..2] != *b"ff");
    }
    let spread = is_tracestate(lines.iter().copied());
    assert_eq!(is_tracestate([&lines.join(&b","[..])[..]].into_iter()), spread);
    if spread {
        let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
        assert!(lines.iter().all(|line| line.iter().all(is_text)), "what passes on is text");
    }
}
