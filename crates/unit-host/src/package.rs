//! A packed plugin: a component and its papers in one file.
//!
//! The file is the component's own bytes with custom sections after them, so it
//! still is a component, and the component proper is its beginning: packed or
//! not, a plugin has the same digest. The sections stand in this order:
//!
//! - `markbridge:manifest`: a [`Manifest`] as JSON;
//! - `markbridge:licence`: the licence's text;
//! - `markbridge:signature`: a signature as minisign writes it, over all bytes
//!   before this section. A package without it is not signed.

use std::ops::Range;

use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmparser::BinaryReader;

const MANIFEST: &str = "markbridge:manifest";
const LICENCE: &str = "markbridge:licence";
const SIGNATURE: &str = "markbridge:signature";
/// Magic, version and layer, with which every component begins.
const PREAMBLE_BYTES: usize = 8;
/// Id of a custom section.
const CUSTOM_SECTION: u8 = 0;
/// Longest manifest, licence or signature, in bytes.
const MOST_SECTION_BYTES: usize = 256 << 10;

/// What a package says about the plugin in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's id.
    pub id: String,
    /// The plugin's version.
    pub version: String,
    /// The interface that it was made for: `markbridge:unit@1.0.0`.
    pub interface: String,
    /// SHA-256 of the component, in hexadecimal.
    pub sha256: String,
    /// Who made it; may be empty.
    #[serde(default)]
    pub author: String,
    /// The licence's name, such as `CC-BY-4.0`; may be empty.
    #[serde(default)]
    pub licence: String,
}

/// A plugin's file, taken apart. Nothing in it is trusted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package<'b> {
    /// The component without papers.
    pub component: &'b [u8],
    /// What stands after it; none in a file that was not packed.
    pub papers: Option<Papers<'b>>,
}

/// What stands after the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers<'b> {
    /// What the package says about the plugin.
    pub manifest: Manifest,
    /// The licence's text; may be empty.
    pub licence: &'b str,
    signature: Option<&'b str>,
    /// What the signature is over.
    signed: &'b [u8],
}

/// A key whose signatures a centre trusts.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    name: String,
    key: PublicKey,
    until: Option<chrono::NaiveDate>,
}

/// Why a package cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The sections cannot be followed to the end.
    #[error("the package is damaged or was changed: {0}; get it again from whoever made it")]
    Damaged(String),
    /// The component is not the one that was packed.
    #[error(
        "the component in the package is not the one that was packed (SHA-256 {found}, the manifest says {wanted}); get the package again from whoever made it"
    )]
    OtherComponent {
        /// Digest of the component that is there.
        found: String,
        /// Digest that the manifest names.
        wanted: String,
    },
    /// A signature by a key that is not trusted, or over other bytes.
    #[error(
        "the signature is by none of the keys that this server trusts, or the package was changed after it was signed"
    )]
    Signature,
    /// The key's time is over.
    #[error(
        "it is signed with the key “{name}”, which counted until {until}; ask its maker to sign it with their new key"
    )]
    Expired {
        /// Name of the key.
        name: String,
        /// Its last day.
        until: chrono::NaiveDate,
    },
}

impl<'b> Package<'b> {
    /// Takes a file apart. A file that is no component at all comes back as a
    /// component without papers; installing it says what it is.
    ///
    /// # Errors
    /// [`PackageError`] where there are papers, but not whole ones, or for
    /// another component.
    pub fn read(bytes: &'b [u8]) -> Result<Self, PackageError> {
        let sections = papers(bytes);
        let Some(first) = sections.first() else {
            return Ok(Self {
                component: bytes,
                papers: None,
            });
        };
        let damaged = |what: &str| PackageError::Damaged(what.to_owned());
        let names: Vec<&str> = sections.iter().map(|section| section.name).collect();
        if names != [MANIFEST, LICENCE, SIGNATURE] && names != [MANIFEST, LICENCE] {
            return Err(damaged(
                "manifest, licence and signature do not follow each other",
            ));
        }
        let whole = sections
            .windows(2)
            .all(|two| two[0].range.end == two[1].range.start)
            && sections.last().map(|last| last.range.end) == Some(bytes.len());
        if !whole {
            return Err(damaged("there is something between its parts"));
        }
        if sections
            .iter()
            .any(|section| section.data.len() > MOST_SECTION_BYTES)
        {
            return Err(damaged("one of its papers is larger than 256 KiB"));
        }
        let text = |section: &Section<'b>| {
            std::str::from_utf8(section.data).map_err(|_| damaged("its papers are not text"))
        };
        let component = &bytes[..first.range.start];
        let manifest: Manifest = serde_json::from_slice(first.data)
            .map_err(|error| PackageError::Damaged(format!("the manifest: {error}")))?;
        let found = format!("{:x}", Sha256::digest(component));
        if found != manifest.sha256 {
            return Err(PackageError::OtherComponent {
                found,
                wanted: manifest.sha256,
            });
        }
        let signature = sections.get(2);
        Ok(Self {
            component,
            papers: Some(Papers {
                manifest,
                licence: text(&sections[1])?,
                signature: signature.map(text).transpose()?,
                signed: &bytes[..signature.map_or(bytes.len(), |section| section.range.start)],
            }),
        })
    }

    /// Writes a package. `sign` gets the bytes that are signed and gives the
    /// signature as minisign writes it; none leaves the package without one.
    ///
    /// # Errors
    /// What `sign` says.
    pub fn write<E>(
        component: &[u8],
        manifest: &Manifest,
        licence: &str,
        sign: impl FnOnce(&[u8]) -> Result<Option<String>, E>,
    ) -> Result<Vec<u8>, E> {
        let mut bytes = component.to_vec();
        let manifest = serde_json::to_vec(manifest).unwrap_or_default();
        put_section(&mut bytes, MANIFEST, &manifest);
        put_section(&mut bytes, LICENCE, licence.as_bytes());
        if let Some(signature) = sign(&bytes)? {
            put_section(&mut bytes, SIGNATURE, signature.as_bytes());
        }
        Ok(bytes)
    }

    /// SHA-256 of the component in hexadecimal, which is the plugin's digest.
    pub fn digest(&self) -> String {
        format!("{:x}", Sha256::digest(self.component))
    }
}

impl Papers<'_> {
    /// Whether there is a signature, good or not.
    pub fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// What the signature is over, and the signature as minisign writes it; none
    /// where there is none. Whether it is good, [`Papers::signer`] says.
    pub fn signed(&self) -> Option<(&[u8], &str)> {
        Some((self.signed, self.signature?))
    }

    /// The trusted key that signed the package; none where it is not signed.
    ///
    /// # Errors
    /// [`PackageError`] where it is signed by another key, or by one whose
    /// time is over, or was changed since.
    pub fn signer<'k>(
        &self,
        trusted: &'k [TrustedKey],
        today: chrono::NaiveDate,
    ) -> Result<Option<&'k TrustedKey>, PackageError> {
        let Some(signature) = self.signature else {
            return Ok(None);
        };
        let signature = Signature::decode(signature)
            .map_err(|_| PackageError::Damaged("the signature cannot be read".to_owned()))?;
        let key = trusted
            .iter()
            // Only minisign's present form counts: it signs a digest of all bytes.
            .find(|key| key.key.verify(self.signed, &signature, false).is_ok())
            .ok_or(PackageError::Signature)?;
        match key.until {
            Some(until) if until < today => Err(PackageError::Expired {
                name: key.name.clone(),
                until,
            }),
            _ => Ok(Some(key)),
        }
    }
}

impl TrustedKey {
    /// A key as minisign prints it (`RWQ…`), with the name that people know its
    /// owner by, and the last day on which it counts. None where it is no key.
    pub fn new(name: &str, key: &str, until: Option<chrono::NaiveDate>) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            key: PublicKey::from_base64(key.trim()).ok()?,
            until,
        })
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A custom section of ours.
struct Section<'b> {
    name: &'b str,
    data: &'b [u8],
    /// Where all of it stands.
    range: Range<usize>,
}

/// The sections of ours at the top of a component, in their order. What is no
/// component has none; what is damaged is refused where it is compiled.
fn papers(bytes: &[u8]) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut reader = BinaryReader::new(bytes, 0);
    if reader.read_bytes(PREAMBLE_BYTES).is_err() {
        return sections;
    }
    while !reader.eof() {
        let start = reader.original_position();
        let (Ok(id), Ok(mut section)) = (reader.read_u8(), reader.read_reader()) else {
            break;
        };
        if id != CUSTOM_SECTION {
            continue;
        }
        let end = section.range().end;
        if let Ok(name) = section.read_string()
            && [MANIFEST, LICENCE, SIGNATURE].contains(&name)
        {
            sections.push(Section {
                name,
                data: &bytes[section.original_position()..end],
                range: start..end,
            });
        }
    }
    sections
}

fn put_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut section = Vec::new();
    put_length(&mut section, name.len());
    section.extend(name.as_bytes());
    section.extend(data);
    bytes.push(CUSTOM_SECTION);
    put_length(bytes, section.len());
    bytes.extend(section);
}

/// A length in LEB128, as WebAssembly writes it: seven bits a byte, low ones first.
fn put_length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
