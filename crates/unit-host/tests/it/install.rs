//! What is installed and what is not, and the compiled plugins on disk.

use std::path::PathBuf;

use unit_host::{HostError, InstallError, Limits, Settings, UnitHost};

use crate::calls::check;
use crate::guest::{ReaderGuest, UnitGuest};
use crate::{host, host_in, limits};

/// Installs and gives the refusal.
async fn refused(component: Vec<u8>) -> InstallError {
    let (host, _directory) = host(limits());
    let error = host.install_unit(component).await.expect_err("refused");
    assert!(host.units().is_empty());
    // The host goes on.
    host.install_unit(UnitGuest::good().component())
        .await
        .expect("a good plugin");
    error
}

#[tokio::test]
async fn an_import_of_the_system_is_refused_by_its_name() {
    let mut guest = UnitGuest::good();
    guest.wit = guest.wit.replace(
        "import log;\n    export plugin;",
        "import log;\n    import wasi:random/random@0.2.0;\n    export plugin;",
    ) + "\npackage wasi:random@0.2.0 { interface random { get-random-u64: func() -> u64; } }";
    let module = String::from(
        "(import \"wasi:random/random@0.2.0\" \"get-random-u64\" (func $random (result i64)))",
    );
    guest.imports = module;
    guest.check = format!("(drop (call $random)) {}", guest.check);
    let error = refused(guest.component()).await;
    assert!(
        matches!(&error, InstallError::Import { name } if name == "wasi:random/random@0.2.0"),
        "{error}"
    );
    assert!(error.to_string().contains("markbridge plugin build"));
}

#[tokio::test]
async fn an_import_of_any_function_is_refused_by_its_name() {
    let mut guest = UnitGuest::good();
    guest.wit = guest.wit.replace(
        "import log;\n    export plugin;",
        "import log;\n    import secret: func();\n    export plugin;",
    );
    guest.imports = "(import \"$root\" \"secret\" (func $secret))".to_owned();
    guest.check = format!("(call $secret) {}", guest.check);
    let error = refused(guest.component()).await;
    assert!(
        matches!(&error, InstallError::Import { name } if name == "secret"),
        "{error}"
    );
}

#[tokio::test]
async fn another_major_version_is_refused() {
    let mut guest = UnitGuest::good();
    guest.wit = guest.wit.replace("unit@1.0.0", "unit@2.0.0");
    guest.interface = "2.0.0".to_owned();
    let error = refused(guest.component()).await;
    assert!(
        matches!(&error, InstallError::NoInterface { found, .. } if found.contains("markbridge:unit/plugin@2.0.0")),
        "{error}"
    );
}

/// What a released directory holds never changes: whoever built a plugin on it
/// relies on it. A new version gets a directory and a line of its own.
#[test]
fn released_interfaces_stay_as_they_are() {
    use sha2::{Digest, Sha256};
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../unit-sdk/wit");
    let mut found = Vec::new();
    for directory in std::fs::read_dir(&folder).expect("a folder") {
        let directory = directory.expect("an entry").path();
        if !directory.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&directory).expect("a folder") {
            let file = file.expect("an entry").path();
            let name = file.strip_prefix(&folder).expect("inside");
            let bytes = std::fs::read(&file).expect("a file");
            found.push(format!("{} {:x}", name.display(), Sha256::digest(bytes)));
        }
    }
    found.sort();
    assert_eq!(found, RELEASED);
}

const RELEASED: [&str; 2] = [
    "reader-1.0.0/reader.wit c00763b34e97f03172b4dbe3aa9c136a9e06110cc236f8a25cc2647e3f62dbe8",
    "unit-1.0.0/unit.wit ef8a419b856470c46f5015b57b4a56b84284ba630d6f4f000a0fef6753445cf3",
];

/// The interface as a 1.1 may be: a new code or key needs nothing, and a new
/// interface stands beside `plugin`.
fn later(guest: &mut UnitGuest) {
    "1.1.0".clone_into(&mut guest.interface);
    guest.wit = guest.wit.replace("unit@1.0.0", "unit@1.1.0").replace(
        "world unit-plugin {",
        "interface extra { greet: func() -> u32; }\nworld unit-plugin {\n    export extra;",
    );
    guest.extra = String::from(
        "(func (export \"markbridge:unit/extra@1.1.0#greet\") (result i32) i32.const 7)",
    );
}

#[tokio::test]
async fn a_plugin_of_a_later_minor_version_runs_under_this_host() {
    let mut guest = UnitGuest::good();
    later(&mut guest);
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(guest.component())
        .await
        .expect("a plugin");
    assert_eq!(check(&host, &plugin).await.expect("findings").len(), 1);
}

/// A host of 1.1, as far as the engine is concerned: it offers the imports and
/// asks for the exports under the later version's names.
#[test]
fn a_plugin_of_this_version_runs_under_a_later_host() {
    use wasmtime::component::{Component, Linker, Val};
    use wasmtime::{Engine, Store};
    let engine = Engine::default();
    let component =
        Component::from_binary(&engine, &UnitGuest::good().component()).expect("a component");
    let mut linker = Linker::<()>::new(&engine);
    linker
        .instance("markbridge:unit/log@1.1.0")
        .and_then(|mut log| log.func_wrap("write", |_, (_line,): (String,)| Ok(())))
        .expect("an import");
    let mut store = Store::new(&engine, ());
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("an instance");
    let plugin = instance
        .get_export_index(&mut store, None, "markbridge:unit/plugin@1.1.0")
        .expect("the interface");
    let answers = ["describe", "check", "evaluate", "grade"].map(|name| {
        let function = instance
            .get_export_index(&mut store, Some(&plugin), name)
            .and_then(|index| instance.get_func(&mut store, index))
            .expect("the function");
        let asked: Vec<Val> = function
            .ty(&store)
            .params()
            .map(|(_, ty)| empty(&ty))
            .collect();
        let mut results = [Val::Bool(false)];
        function
            .call(&mut store, &asked, &mut results)
            .expect("an answer");
        let [Val::Result(Ok(Some(answer)))] = results else {
            panic!("{name}: {results:?}");
        };
        *answer
    });
    let Val::Record(unit) = &answers[0] else {
        panic!("{:?}", answers[0]);
    };
    assert_eq!(unit[0], ("id".to_owned(), Val::String("demo-1".to_owned())));
    assert!(matches!(&answers[1], Val::List(findings) if findings.len() == 1));
}

/// The value of this type that says least.
fn empty(ty: &wasmtime::component::Type) -> wasmtime::component::Val {
    use wasmtime::component::{Type, Val};
    match ty {
        Type::Bool => Val::Bool(false),
        Type::U8 => Val::U8(0),
        Type::U32 => Val::U32(0),
        Type::S32 => Val::S32(0),
        Type::Float64 => Val::Float64(0.0),
        Type::String => Val::String(String::new()),
        Type::List(_) => Val::List(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Enum(cases) => Val::Enum(cases.names().next().expect("a case").to_owned()),
        Type::Record(record) => Val::Record(
            record
                .fields()
                .map(|field| (field.name.to_owned(), empty(&field.ty)))
                .collect(),
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn other_types_under_the_same_name_are_refused() {
    let mut guest = UnitGuest::good();
    guest.wit = guest
        .wit
        .replace("submissions-left: u32", "submissions-left: s32");
    let error = refused(guest.component()).await;
    assert!(matches!(error, InstallError::Mismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_reader_is_no_unit() {
    let reader = ReaderGuest::good("read-demo", "demo", "text").component();
    let error = refused(reader).await;
    assert!(
        matches!(&error, InstallError::NoInterface { found, .. } if found.contains("markbridge:reader/plugin@1.0.0")),
        "{error}"
    );
}

#[tokio::test]
async fn bytes_that_are_no_component_are_refused() {
    let component = UnitGuest::good().component();
    for length in [9, component.len() / 2, component.len() - 1] {
        let error = refused(component[..length].to_vec()).await;
        assert!(
            matches!(
                error,
                InstallError::Damaged { .. } | InstallError::NoInterface { .. }
            ),
            "{length} bytes: {error}"
        );
    }
    for (bytes, expected) in [
        (Vec::new(), "some other file"),
        (b"PK\x03\x04".to_vec(), "some other file"),
        (b"(component)".to_vec(), "some other file"),
        (UnitGuest::good().core_module(), "a WebAssembly module"),
    ] {
        let error = refused(bytes).await;
        assert!(
            matches!(error, InstallError::NotAComponent { found } if found == expected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn compiled_code_is_refused() {
    let (host, directory) = host(limits());
    host.install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    let file = std::fs::read(compiled(directory.path())).expect("a file");
    // With and without the digest before it.
    for (bytes, expected) in [
        (
            file[32..].to_vec(),
            "compiled code for one kind of processor",
        ),
        (file, "some other file"),
    ] {
        let error = refused(bytes).await;
        assert!(
            matches!(error, InstallError::NotAComponent { found } if found == expected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_component_has_a_largest_size() {
    let component = UnitGuest::good().component();
    let (host, _directory) = host(Limits {
        component_bytes: component.len() - 1,
        ..limits()
    });
    let error = host.install_unit(component).await.expect_err("too large");
    assert!(matches!(error, InstallError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_component_that_begins_with_too_much_memory_is_not_installed() {
    let mut guest = UnitGuest::good();
    guest.pages = 2_000;
    let error = refused(guest.component()).await;
    assert!(
        matches!(&error, InstallError::Describe(failure) if failure.code() == "out-of-memory"),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_same_bytes_are_the_same_plugin() {
    let (host, _directory) = host(limits());
    let component = UnitGuest::good().component();
    let (first, second) = tokio::join!(
        host.install_unit(component.clone()),
        host.install_unit(component)
    );
    let (first, second) = (first.expect("a plugin"), second.expect("a plugin"));
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    assert_eq!(host.units().len(), 1);
}

/// The only compiled plugin on disk.
fn compiled(directory: &std::path::Path) -> PathBuf {
    let mut files = std::fs::read_dir(directory.join("compiled"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path());
    let file = files.next().expect("a file");
    assert_eq!(files.next(), None, "one plugin, one file");
    file
}

#[tokio::test]
async fn compiled_plugins_are_kept_and_guarded() {
    let directory = tempfile::tempdir().expect("a directory");
    let component = UnitGuest::good().component();
    let install = async |key: [u8; 32]| {
        let host = UnitHost::new(Settings {
            cache_dir: directory.path().join("compiled"),
            cache_key: key,
            limits: limits(),
            compile_job: None,
        })
        .expect("a host");
        let plugin = host
            .install_unit(component.clone())
            .await
            .expect("a plugin");
        check(&host, &plugin).await.expect("findings").len()
    };
    assert_eq!(install([7; 32]).await, 1);
    let file = compiled(directory.path());
    let original = std::fs::read(&file).expect("a file");

    // Left alone, the file is used and not written again.
    let marker = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(1);
    let set_time = || {
        let opened = std::fs::File::options().write(true).open(&file);
        opened
            .and_then(|file| file.set_modified(marker))
            .expect("a time");
    };
    let is_untouched = || {
        let time = std::fs::metadata(&file).and_then(|data| data.modified());
        time.expect("a time") == marker
    };
    set_time();
    assert_eq!(install([7; 32]).await, 1);
    assert!(is_untouched(), "the compiled plugin was used");

    // Changed anywhere, or cut off, it is compiled again.
    let middle = original.len() / 2;
    let mut tampered = vec![
        original[..middle].to_vec(),
        original[..16].to_vec(),
        Vec::new(),
    ];
    for at in [0, 40, middle, original.len() - 1] {
        let mut bytes = original.clone();
        bytes[at] ^= 1;
        tampered.push(bytes);
    }
    for bytes in tampered {
        std::fs::write(&file, bytes).expect("written");
        set_time();
        assert_eq!(install([7; 32]).await, 1);
        assert!(!is_untouched(), "the changed file was not used");
        assert_eq!(std::fs::read(&file).expect("a file").len(), original.len());
    }

    // So it is under another key.
    set_time();
    assert_eq!(install([8; 32]).await, 1);
    assert!(!is_untouched());
}

#[tokio::test]
async fn compiled_plugins_cannot_change_places() {
    let directory = tempfile::tempdir().expect("a directory");
    let old = UnitGuest::versioned("1.0.0").component();
    let new = UnitGuest::versioned("2.0.0").component();
    let host = host_in(directory.path(), limits());
    host.install_unit(old.clone()).await.expect("a plugin");
    let old_file = compiled(directory.path());
    let old_bytes = std::fs::read(&old_file).expect("a file");
    std::fs::remove_file(&old_file).expect("removed");
    host.install_unit(new.clone()).await.expect("a plugin");
    std::fs::write(compiled(directory.path()), old_bytes).expect("written");

    let host = host_in(directory.path(), limits());
    let plugin = host.install_unit(new).await.expect("a plugin");
    assert_eq!(plugin.unit().version, "2.0.0");
}

#[cfg(unix)]
#[tokio::test]
async fn the_directory_of_compiled_plugins_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let (_host, directory) = host(limits());
    let mode = std::fs::metadata(directory.path().join("compiled"))
        .expect("a directory")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_host_without_a_directory_does_not_start() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = UnitHost::new(Settings {
        cache_dir: file.path().to_owned(),
        cache_key: [0; 32],
        limits: limits(),
        compile_job: None,
    })
    .expect_err("a file is no directory");
    assert!(matches!(error, HostError::CacheDirectory { .. }), "{error}");
}
