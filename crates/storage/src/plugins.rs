//! Installed plugins, and the version of each that work begins with.

use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::submissions::{EvidenceRecord, PluginRecord, SubmissionRecord};

/// An installed plugin. Its bytes are kept elsewhere, under the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledRecord {
    /// Id, version and digest.
    pub plugin: PluginRecord,
    /// `unit` or `reader`.
    pub kind: String,
    /// Where it came from: a file's name, an address, or the plugin folder.
    pub source: String,
    /// Name of the trusted key that signed it; none where its digest was named.
    pub signed_by: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was installed.
    pub installed_at: DateTime<Utc>,
}

/// That a version became the one that work begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultRecord {
    /// The version.
    pub plugin: PluginRecord,
    /// Why: an administrator's words, or ours.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Reading and writing of installed plugins.
#[async_trait]
pub trait Plugins {
    /// Adds a plugin. False where one of this digest is there already.
    async fn add_plugin(&mut self, record: &InstalledRecord) -> Result<bool, StorageError>;
    /// Says who signed a plugin that was installed without a signature that counts,
    /// and how many bytes the file has that bears it.
    async fn sign_plugin(
        &mut self,
        digest: &str,
        signed_by: &str,
        bytes: u64,
    ) -> Result<(), StorageError>;
    /// All plugins by id, the latest installed first.
    async fn plugins(&mut self) -> Result<Vec<InstalledRecord>, StorageError>;
    /// Makes a version the one that work begins with.
    async fn add_default(&mut self, record: &DefaultRecord) -> Result<(), StorageError>;
    /// The versions that work began with by and by, for each plugin by id the
    /// present one first.
    async fn defaults(&mut self) -> Result<Vec<DefaultRecord>, StorageError>;
    /// The latest submissions for a unit that were handed in, whatever the
    /// registration: an upgrade is tried on them.
    async fn latest_submissions(
        &mut self,
        unit: &str,
        most: u32,
    ) -> Result<Vec<SubmissionRecord>, StorageError>;
    /// The latest files that were handed in whose names end so (`.docx`), whatever
    /// the registration, which stands beside each: a reader's upgrade is tried on
    /// them. What was typed into the page is no file.
    async fn latest_files(
        &mut self,
        ending: &str,
        most: u32,
    ) -> Result<Vec<(RegistrationId, EvidenceRecord)>, StorageError>;
}
