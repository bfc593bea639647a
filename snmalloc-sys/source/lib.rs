//! Nothing: this package only locks where the C++ source comes from.
