//! Compiled plugins on disk. Loading compiled code means running it, so the
//! directory belongs to this process alone, and a file counts only with the
//! host's own keyed digest on it.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Length of the keyed digest that a cached file begins with.
const MAC_BYTES: usize = 32;
/// Ending of the files.
const ENDING: &str = "compiled";

pub(crate) struct Cache {
    directory: PathBuf,
    key: [u8; 32],
}

impl Cache {
    /// Opens the directory, and clears away what an engine of another kind or
    /// version compiled: no engine here loads it.
    pub(crate) fn new(directory: &Path, key: [u8; 32], engine: &Engine) -> std::io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
        }
        let present = compatibility(engine);
        for entry in std::fs::read_dir(directory)?.filter_map(Result::ok) {
            let name = entry.file_name();
            if compiled_by(&name.to_string_lossy()).is_some_and(|engine| engine != present)
                && let Err(error) = std::fs::remove_file(entry.path())
            {
                tracing::warn!(?name, %error, "an old compiled plugin could not be removed");
            }
        }
        Ok(Self {
            directory: directory.to_owned(),
            key,
        })
    }

    /// The component of this digest, where it was compiled earlier. `digest` is
    /// the SHA-256 of its bytes in hexadecimal.
    pub(crate) fn find(&self, engine: &Engine, digest: &str) -> Option<Component> {
        self.load(engine, &name(engine, digest))
    }

    /// Keeps what the compiler made of the component of this digest, and loads it.
    ///
    /// # Errors
    /// What the engine says of code that it cannot load. A cache that cannot be
    /// written is a warning, not an error.
    pub(crate) fn put(
        &self,
        engine: &Engine,
        digest: &str,
        compiled: &[u8],
    ) -> wasmtime::Result<Component> {
        let component = deserialized(engine, compiled)?;
        if let Err(error) = self.store(&name(engine, digest), compiled) {
            tracing::warn!(plugin = digest, %error, "a compiled plugin could not be kept");
        }
        Ok(component)
    }

    fn load(&self, engine: &Engine, name: &str) -> Option<Component> {
        let file = match std::fs::read(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(name, %error, "a compiled plugin could not be read");
                return None;
            }
        };
        let (mac, compiled) = file.split_at_checked(MAC_BYTES)?;
        if self.mac(name, compiled).verify_slice(mac).is_err() {
            tracing::warn!(
                name,
                "a compiled plugin was changed on disk, or by another key; it is compiled again"
            );
            return None;
        }
        deserialized(engine, compiled)
            .inspect_err(
                |error| tracing::warn!(name, %error, "a compiled plugin could not be loaded"),
            )
            .ok()
    }

    fn store(&self, name: &str, compiled: &[u8]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&self.mac(name, compiled).finalize().into_bytes())?;
        file.write_all(compiled)?;
        file.as_file().sync_all()?;
        file.persist(self.path(name))?;
        Ok(())
    }

    /// The digest covers the name too, so that files cannot change places.
    fn mac(&self, name: &str, compiled: &[u8]) -> Hmac<Sha256> {
        // A key of a whole block needs no check of its length; HMAC itself
        // fills shorter keys with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block[..self.key.len()].copy_from_slice(&self.key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(compiled);
        mac
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension(ENDING)
    }
}

/// Loads compiled code, from a file with our digest on it or straight from our
/// own compiler.
fn deserialized(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    #[expect(
        unsafe_code,
        reason = "compiled code can only be loaded this way; this host or its own job compiled these very bytes, which lie in memory, so nobody can change them now"
    )]
    unsafe {
        Component::deserialize(engine, compiled)
    }
}

fn name(engine: &Engine, digest: &str) -> String {
    format!("{digest}-{}", compatibility(engine))
}

/// Which engine compiled the file of this name; none where the name is not ours.
fn compiled_by(file: &str) -> Option<&str> {
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let (digest, engine) = file
        .strip_suffix(ENDING)?
        .strip_suffix('.')?
        .split_once('-')?;
    (is_hex(digest, 64) && is_hex(engine, 16)).then_some(engine)
}

/// What compiled code depends on besides its source: wasmtime's version, its
/// settings and the processor's features.
fn compatibility(engine: &Engine) -> String {
    struct Sha256Hasher(Sha256);

    impl Hasher for Sha256Hasher {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            let digest = self.0.clone().finalize();
            u64::from_be_bytes(std::array::from_fn(|at| digest[at]))
        }
    }

    let mut hasher = Sha256Hasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
