//! The data plane: the path of a call.
