//! Whole-product tests that need no window.
