//! The machines of this build, one line each. The command line chooses here, once.

crate::registry! {
    /// All of them.
    All:
    super::algorand::Room,
}
