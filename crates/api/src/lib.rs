//! The control plane: JSON API for people and programs.
