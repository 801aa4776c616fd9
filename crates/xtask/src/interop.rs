//! What the group `interop` needs: Open edX's LTI platform from the Python
//! registry, in a virtual environment below the target directory. It is under
//! the AGPL, so it is installed for the tests and never kept beside our code.

use anyhow::Result;

use crate::{packages, root, target};

/// Installs what `tests/interop/requirements.txt` names, once.
pub(crate) fn set_up() -> Result<()> {
    let folder = target()?.join("interop");
    let from = root().join("tests").join("interop");
    packages::python(&from, &folder, "Open edX's LTI platform for the tests")
}
