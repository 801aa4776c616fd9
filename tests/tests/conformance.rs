//! Launches through the front door, from a platform that signs what a test
//! wants: those of the 1EdTech certification by name, and what an attacker
//! would try. Each group prints its table: case, expected, got.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_lms::Manners;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use end_to_end::platform::{
    ACCESS_TOKEN, GRANTED, INSTRUCTOR_ROLE, LEARNER_ROLE, Login, Platform, Received, Signed, Token,
    claim, code_of, foreign_key, post,
};
use end_to_end::work::{FEEDBACK, PASS, add_strong};
use end_to_end::{CLIENT, Site, UNIT};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use lti::claims::{SCOPE_LINE_ITEM, SCOPE_ROSTER, SCOPE_SCORE};
use serde_json::{Value, json};

/// Refused: the page for something that the course's administrator must mend.
const MISCONFIGURED: u16 = 403;
/// Refused: the page for something that opening the activity again mends.
const AGAIN: u16 = 400;

type Change = Box<dyn Fn(&mut Token)>;

/// A launch with one thing changed, and where it should end: `403 version`, or
/// `200 cohort`.
struct Case {
    name: &'static str,
    expected: String,
    change: Change,
}

fn refused(
    name: &'static str,
    status: u16,
    code: &str,
    change: impl Fn(&mut Token) + 'static,
) -> Case {
    Case {
        name,
        expected: format!("{status} {code}"),
        change: Box::new(change),
    }
}

fn taken(name: &'static str, page: &str, change: impl Fn(&mut Token) + 'static) -> Case {
    Case {
        name,
        expected: format!("200 {page}"),
        change: Box::new(change),
    }
}

fn set(name: &'static str, value: Value) -> impl Fn(&mut Token) {
    move |token| token.claims[name] = value.clone()
}

fn set_claim(name: &'static str, value: Value) -> impl Fn(&mut Token) {
    move |token| token.claims[claim(name)] = value.clone()
}

fn remove(token: &mut Token, name: &str) {
    token.claims.as_object_mut().expect("claims").remove(name);
}

fn without(name: &'static str) -> impl Fn(&mut Token) {
    move |token| remove(token, &claim(name))
}

/// The status and the code that the page tells administrators; of a page that
/// let somebody in, its last part.
fn described(page: &Page) -> String {
    let what = code_of(page).unwrap_or_else(|| {
        let path = page.url.path();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    });
    format!("{} {what}", page.status)
}

async fn site_and_platform() -> Result<(Site, Platform)> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    site.register(&platform).await?;
    Ok((site, platform))
}

/// Rows of a table, and which of them are not as expected.
#[derive(Default)]
struct Table {
    text: String,
    wrong: Vec<String>,
}

impl Table {
    fn row(&mut self, case: &str, expected: &str, got: &str) {
        let mark = if expected == got { "ok" } else { "WRONG" };
        writeln!(self.text, "{case:52} | {expected:34} | {got:34} | {mark}")
            .expect("a string takes all");
        if expected != got {
            self.wrong
                .push(format!("{case}: expected {expected}, got {got}"));
        }
    }

    /// A refusal says what to do and gives a reference.
    fn page(&mut self, case: &str, expected: &str, page: &Page) {
        self.row(case, expected, &described(page));
        if page.status != 200
            && (!page.body.contains("What to do") || page.text("strong.mono").is_none())
        {
            self.wrong
                .push(format!("{case}: the page does not say what to do"));
        }
    }
}

async fn run(cases: Vec<Case>) -> Result<Table> {
    let (site, platform) = site_and_platform().await?;
    let mut table = Table::default();
    for case in cases {
        // A browser of its own, so that no case lives on the session of another.
        let mut browser = platform.visit().await?;
        let page = platform.launch(&site, &mut browser, &case.change).await?;
        table.page(case.name, &case.expected, &page);
    }
    Ok(table)
}

#[tokio::test]
async fn the_twelve_negative_launches_of_the_certification() -> Result<()> {
    let cases = vec![
        refused(
            "No KID Sent in JWT header",
            MISCONFIGURED,
            "kid_missing",
            |token| {
                token.header = json!({"typ": "JWT", "alg": "RS256", "junk": "imstester"});
            },
        ),
        refused(
            "Incorrect KID in JWT header",
            MISCONFIGURED,
            "key_unknown",
            |token| {
                token.header["kid"] = json!("imstester_66067");
            },
        ),
        refused(
            "Wrong LTI Version",
            MISCONFIGURED,
            "version",
            set_claim("version", json!("11.3")),
        ),
        refused(
            "No LTI Version",
            MISCONFIGURED,
            "version_missing",
            without("version"),
        ),
        refused(
            "Invalid LTI message",
            MISCONFIGURED,
            "issuer_missing",
            |token| {
                token.claims = json!({"name": "badltilaunch"});
            },
        ),
        refused("Missing LTI Claims", MISCONFIGURED, "not_lti", |token| {
            for name in ["message_type", "version", "roles"] {
                remove(token, &claim(name));
            }
        }),
        refused("Timestamps Incorrect", AGAIN, "expired", |token| {
            token.claims["iat"] = json!(11111);
            token.claims["exp"] = json!(22222);
        }),
        refused(
            "message_type Claim Missing",
            MISCONFIGURED,
            "message_type_missing",
            without("message_type"),
        ),
        refused(
            "role Claim Missing",
            MISCONFIGURED,
            "roles_missing",
            without("roles"),
        ),
        refused(
            "deployment_id Claim Missing",
            MISCONFIGURED,
            "deployment_id_missing",
            without("deployment_id"),
        ),
        refused(
            "resource_link_id Claim Missing",
            MISCONFIGURED,
            "resource_link_id_missing",
            |token| {
                token.claims[claim("resource_link")] = json!({"title": "Assignment"});
            },
        ),
        refused(
            "user Claim Missing",
            MISCONFIGURED,
            "subject_missing",
            set("sub", json!("")),
        ),
    ];
    assert_eq!(cases.len(), 12);
    let table = run(cases).await?;
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}

const PII: [&str; 4] = ["name", "given_name", "family_name", "email"];

/// The nine launches that the certification knows for each of the two roles.
fn positive(
    names: [&'static str; 9],
    role: &'static str,
    short: &'static str,
    page: &'static str,
) -> Vec<Case> {
    let with = |roles: Value, dropped: &'static [&'static str]| {
        move |token: &mut Token| {
            token.claims[claim("roles")] = roles.clone();
            for name in dropped {
                remove(token, name);
            }
        }
    };
    let institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Other";
    let unknown = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown";
    vec![
        taken(names[0], page, with(json!([role]), &[])),
        taken(names[1], page, with(json!([institution, role]), &[])),
        taken(names[2], page, with(json!([short]), &[])),
        taken(names[3], page, with(json!([unknown, role]), &[])),
        // Without a role somebody gets the fewest rights.
        taken(names[4], "unit", with(json!([""]), &[])),
        taken(names[5], page, with(json!([role]), &PII[..3])),
        taken(names[6], page, with(json!([role]), &PII[3..])),
        taken(names[7], page, with(json!([role]), &PII)),
        taken(names[8], page, move |token| {
            token.claims[claim("roles")] = json!([role]);
            remove(token, &claim("context"));
        }),
    ]
}

#[tokio::test]
async fn the_eighteen_positive_launches_of_the_certification() -> Result<()> {
    let instructor = [
        "Valid Instructor Launch",
        "Valid Instructor Launch with Roles",
        "Valid Instructor Launch Short Role",
        "Valid Instructor Launch Unknown Role",
        "Valid Instructor Launch No Role",
        "Valid Instructor Launch Email Only",
        "Valid Instructor Launch Names Only",
        "Valid Instructor No PII",
        "Valid Instructor Email Without Context",
    ];
    let student = [
        "Valid Student Launch",
        "Valid Student Launch with Roles",
        "Valid Student Launch Short Role",
        "Valid Student Launch Unknown Role",
        "Valid Student Launch No Role",
        "Valid Student Launch Email Only",
        "Valid Student Launch Names Only",
        "Valid Student No PII",
        "Valid Student Email Without Context",
    ];
    let mut cases = positive(instructor, INSTRUCTOR_ROLE, "Instructor", "cohort");
    cases.extend(positive(student, LEARNER_ROLE, "Learner", "unit"));
    assert_eq!(cases.len(), 18);
    let table = run(cases).await?;
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}

/// A header that brings a key along, signed with that key.
fn with_own_key(header: &'static str, value: Value) -> impl Fn(&mut Token) {
    move |token| {
        token.header[header] = value.clone();
        token.signed = Signed::Foreign;
    }
}

#[tokio::test]
async fn signatures_that_are_none_or_not_the_platforms() -> Result<()> {
    let trap = Platform::start().await?;
    let own_kid = json!(foreign_key().kid());
    let jwk = foreign_key().public_jwk();
    let cases = vec![
        refused("alg none", MISCONFIGURED, "algorithm", |token| {
            token.header["alg"] = json!("none");
            token.signed = Signed::No;
        }),
        refused(
            "alg None, otherwise spelt",
            MISCONFIGURED,
            "algorithm",
            |token| {
                token.header["alg"] = json!("nOnE");
                token.signed = Signed::No;
            },
        ),
        refused(
            "alg HS256 with the public key as the secret",
            MISCONFIGURED,
            "algorithm",
            |token| {
                token.header["alg"] = json!("HS256");
                token.signed = Signed::PublicKeyAsSecret;
            },
        ),
        refused("alg RS384", MISCONFIGURED, "algorithm", |token| {
            token.header["alg"] = json!("RS384");
            token.signed = Signed::Own(Algorithm::RS384);
        }),
        refused(
            "alg RS256 said, RS384 done",
            MISCONFIGURED,
            "signature",
            |token| {
                token.signed = Signed::Own(Algorithm::RS384);
            },
        ),
        refused("no signature", MISCONFIGURED, "signature", |token| {
            token.signed = Signed::No;
        }),
        refused("somebody else's key", MISCONFIGURED, "signature", |token| {
            token.signed = Signed::Foreign;
        }),
        refused(
            "jwk in the header",
            MISCONFIGURED,
            "signature",
            with_own_key("jwk", jwk.clone()),
        ),
        refused(
            "jwk in the header with its own kid",
            MISCONFIGURED,
            "key_unknown",
            move |token| {
                with_own_key("jwk", jwk.clone())(token);
                token.header["kid"] = own_kid.clone();
            },
        ),
        refused(
            "jku in the header",
            MISCONFIGURED,
            "signature",
            with_own_key("jku", json!(trap.url("jwks"))),
        ),
        refused(
            "x5u in the header",
            MISCONFIGURED,
            "signature",
            with_own_key("x5u", json!(trap.url("jwks"))),
        ),
        refused(
            "crit in the header",
            MISCONFIGURED,
            "critical_header",
            |token| {
                token.header["crit"] = json!(["exp"]);
            },
        ),
        refused(
            "a token of 1 MB",
            MISCONFIGURED,
            "token_too_long",
            |token| {
                token.claims["padding"] = json!("x".repeat(1_000_000));
            },
        ),
    ];
    let table = run(cases).await?;
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    assert_eq!(
        trap.key_set_readers(),
        0,
        "addresses in a header are never opened"
    );
    Ok(())
}

/// A change that sets the times of a token, in seconds from now.
fn times(issued: i64, expires: i64) -> impl Fn(&mut Token) {
    move |token| {
        let now = token.claims["iat"].as_i64().unwrap_or_default();
        token.claims["iat"] = json!(now + issued);
        token.claims["exp"] = json!(now + expires);
    }
}

#[tokio::test]
async fn claims_that_do_not_fit() -> Result<()> {
    let client = end_to_end::CLIENT;
    let cases = vec![
        taken(
            "the audience in a list",
            "unit",
            set("aud", json!([client])),
        ),
        taken("the audience twice, with azp", "unit", move |token| {
            token.claims["aud"] = json!([client, client]);
            token.claims["azp"] = json!(client);
        }),
        refused(
            "a foreign audience",
            MISCONFIGURED,
            "audience",
            set("aud", json!("another-tool")),
        ),
        refused(
            "a foreign audience in the list",
            MISCONFIGURED,
            "audience_foreign",
            move |token| {
                token.claims["aud"] = json!([client, "another-tool"]);
                token.claims["azp"] = json!(client);
            },
        ),
        refused(
            "azp is another tool",
            MISCONFIGURED,
            "authorised_party",
            set("azp", json!("another-tool")),
        ),
        refused(
            "another issuer",
            MISCONFIGURED,
            "issuer",
            set("iss", json!("https://elsewhere.example")),
        ),
        taken("expired, within the leeway", "unit", times(-300, -30)),
        refused(
            "expired, beyond the leeway",
            AGAIN,
            "expired",
            times(-300, -90),
        ),
        taken("from the future, within the leeway", "unit", times(30, 300)),
        refused(
            "from the future, beyond the leeway",
            MISCONFIGURED,
            "issued_in_the_future",
            times(120, 300),
        ),
        refused(
            "older than an hour, though not expired",
            AGAIN,
            "too_old",
            times(-4000, 300),
        ),
        refused(
            "times the wrong way round",
            MISCONFIGURED,
            "times_reversed",
            times(10, -10),
        ),
        refused("no nonce", MISCONFIGURED, "nonce_missing", |token| {
            remove(token, "nonce");
        }),
        refused(
            "an unknown deployment",
            MISCONFIGURED,
            "unknown-deployment",
            set_claim("deployment_id", json!("77")),
        ),
        refused(
            "a foreign target_link_uri",
            MISCONFIGURED,
            "foreign-target",
            set_claim("target_link_uri", json!("https://evil.example/lti/launch")),
        ),
        refused(
            "a subject of 256 characters",
            MISCONFIGURED,
            "id_too_long",
            set("sub", json!("x".repeat(256))),
        ),
        refused(
            "roles null",
            MISCONFIGURED,
            "roles_missing",
            set_claim("roles", Value::Null),
        ),
        refused(
            "roles that are a text",
            MISCONFIGURED,
            "roles_not_a_list",
            set_claim("roles", json!(INSTRUCTOR_ROLE)),
        ),
        refused(
            "a role that is a number",
            MISCONFIGURED,
            "role_not_text",
            set_claim("roles", json!([7])),
        ),
        taken(
            "an administrator of the institution only",
            "unit",
            |token| {
                let role =
                    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
                token.claims[claim("roles")] = json!([role]);
            },
        ),
        taken("custom with values that are no texts", "unit", |token| {
            token.claims[claim("custom")] =
                json!({"unit": UNIT, "number": 5, "list": [1], "object": {"a": null}});
        }),
        taken(
            "custom that is no object",
            "unit",
            set_claim("custom", json!("unit=1")),
        ),
        taken("a context of an unknown type", "unit", |token| {
            token.claims[claim("context")] = json!({"id": "course-1", "type": ["urn:unknown"]});
        }),
        taken(
            "claims that nobody knows",
            "unit",
            set("https://vendor.example/claim", json!({"a": [1, null]})),
        ),
        refused(
            "an unknown kind of message",
            MISCONFIGURED,
            "message_type_unknown",
            set_claim("message_type", json!("LtiSurprise")),
        ),
        refused(
            "a learner's request for content",
            403,
            "may-not-select",
            |token| {
                token.claims[claim("message_type")] = json!("LtiDeepLinkingRequest");
                token.claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] = json!({"deep_link_return_url": "https://vle.example/return", "accept_types": ["ltiResourceLink"]});
            },
        ),
    ];
    let table = run(cases).await?;
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn what_was_used_once_or_belongs_to_somebody_else() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut table = Table::default();
    let mut browser = platform.visit().await?;

    let first = platform.login(&site, &mut browser).await?;
    let token = platform.token(&site, &first).encode();
    let page = post(&site, &mut browser, &token, &first.state).await?;
    table.page("the first use", "200 unit", &page);
    let page_of_an_activity = page.url;
    assert_eq!(browser.cookie_names(&page_of_an_activity).len(), 1);
    let page = post(&site, &mut browser, &token, &first.state).await?;
    table.page("replayed state", "400 state-unknown", &page);

    let second = platform.login(&site, &mut browser).await?;
    let page = post(&site, &mut browser, &token, &second.state).await?;
    table.page(
        "replayed nonce with a fresh state",
        "400 nonce_mismatch",
        &page,
    );
    let fresh = platform.token(&site, &second).encode();
    let page = post(&site, &mut browser, &fresh, &second.state).await?;
    table.page(
        "a state that a refused launch used up",
        "400 state-unknown",
        &page,
    );

    let third = platform.login(&site, &mut browser).await?;
    let token = platform.token(&site, &third).encode();
    let page = post(&site, &mut browser, &token, "invented").await?;
    table.page("an invented state", "400 state-unknown", &page);
    let page = post(&site, &mut browser, &token, "").await?;
    table.page("no state", "400 launch-incomplete", &page);
    let page = post(&site, &mut browser, "", &third.state).await?;
    table.page("no token", "400 launch-incomplete", &page);
    let page = post(&site, &mut browser, "a.b.c", &third.state).await?;
    table.page("a token that is none", "403 token_malformed", &page);

    let mine = platform.login(&site, &mut browser).await?;
    let token = platform.token(&site, &mine).encode();
    let mut victim = platform.visit().await?;
    platform.login(&site, &mut victim).await?;
    let page = post(&site, &mut victim, &token, &mine.state).await?;
    table.page(
        "state of another browser: not signed in",
        "200 launch",
        &page,
    );
    table.row(
        "the page that it ends on",
        "Open it in its own window",
        &page.text("h1").unwrap_or_default(),
    );
    table.row(
        "sessions that the other browser has by then",
        "none",
        match victim.cookie_names(&page_of_an_activity).len() {
            0 => "none",
            _ => "some",
        },
    );
    let mut nobody = Browser::new()?;
    let login = Login {
        state: mine.state,
        nonce: mine.nonce,
    };
    let page = post(&site, &mut nobody, &token, &login.state).await?;
    table.page(
        "the same once more without any cookie",
        "400 state-unknown",
        &page,
    );

    let slow = platform.login(&site, &mut browser).await?;
    site.clock.advance(std::time::Duration::from_mins(31));
    let token = platform.token(&site, &slow).encode();
    let page = post(&site, &mut browser, &token, &slow.state).await?;
    table.page(
        "a login that took longer than half an hour",
        "400 state-unknown",
        &page,
    );

    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}

/// The services that a launch may offer: roster, and line items without one of
/// the activity's own.
fn with_services(platform: &Platform, token: &mut Token) {
    token.claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = json!({
        "context_memberships_url": platform.url("members?course=7"),
        "service_versions": ["2.0"],
    });
    token.claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = json!({
        "scope": GRANTED.iter().filter(|scope| scope.contains("lti-ags")).collect::<Vec<_>>(),
        "lineitems": platform.url("lineitems?type=7"),
    });
}

/// The claims of a client assertion whose signature is of our own key set.
async fn assertion(site: &Site, request: &Received) -> Result<Value> {
    let fields: HashMap<String, String> = url::form_urlencoded::parse(request.body.as_bytes())
        .into_owned()
        .collect();
    let assertion = &fields["client_assertion"];
    let key_set: JwkSet = reqwest::get(site.url("lti/jwks")).await?.json().await?;
    let kid = jsonwebtoken::decode_header(assertion)?.kid.expect("a kid");
    let key = DecodingKey::from_jwk(key_set.find(&kid).expect("a published key"))?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    let mut claims = jsonwebtoken::decode::<Value>(assertion, &key, &rules)?.claims;
    for (name, value) in fields {
        claims[name] = json!(value);
    }
    Ok(claims)
}

/// Waits until the tool has sent such a request; it reads rosters beside the pages.
async fn first(platform: &Platform, line: &str) -> Result<Received> {
    let waiting = async {
        loop {
            if let Some(request) = platform.received(line).into_iter().next() {
                return request;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .with_context(|| format!("the tool never sent {line}"))
}

/// What the suite looks at in a tool's calls for names and roles, and in its
/// grades (certification guide §6; AGS asks for line items and scores alone).
#[tokio::test]
async fn names_and_roles_and_grades() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut table = Table::default();
    let mut browser = platform.visit().await?;
    let page = platform
        .launch(&site, &mut browser, |token| {
            with_services(&platform, token);
            token.claims["sub"] = json!("teacher-1");
            token.claims["name"] = json!("Joan Hartley");
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
        })
        .await?;
    table.page("NRPS: Valid Instructor Launch", "200 cohort", &page);
    site.read_rosters().await?;
    let request = first(&platform, "GET /members").await?;
    table.row(
        "NRPS: Received Request",
        "GET /members?course=7",
        request.line.split('&').next().unwrap_or_default(),
    );
    table.row(
        "NRPS: Verify JSON Header",
        "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
        &request.accept,
    );
    let bearer = format!("Bearer {ACCESS_TOKEN}");
    table.row("NRPS: Verify Bearer Token", &bearer, &request.authorization);
    let asked = assertion(&site, &first(&platform, "POST /token").await?).await?;
    let of = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    table.row("NRPS: Verify Bearer Scope", SCOPE_ROSTER, &of("scope"));
    table.row("token: grant", "client_credentials", &of("grant_type"));
    table.row(
        "token: kind of assertion",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        &of("client_assertion_type"),
    );
    table.row("token: issuer is the client", CLIENT, &of("iss"));
    table.row("token: subject is the client", CLIENT, &of("sub"));
    table.row(
        "token: audience is the token address",
        platform.url("token").as_str(),
        &of("aud"),
    );
    let lasts = asked["exp"].as_i64().unwrap_or(0) - asked["iat"].as_i64().unwrap_or(0);
    table.row(
        "token: assertion lasts at most six minutes",
        "true",
        &(1..=360).contains(&lasts).to_string(),
    );
    table.row(
        "token: assertion has an id",
        "true",
        &(of("jti").len() >= 16).to_string(),
    );

    // A learner hands in, and the assessor releases: line item and score follow by themselves.
    let mut browser = platform.visit().await?;
    let first_page = platform
        .launch(&site, &mut browser, |token| with_services(&platform, token))
        .await?;
    let mut learner = Visitor::at(browser, first_page);
    add_strong(&mut learner).await?;
    learner.hand_in().await?;
    let mut browser = platform.visit().await?;
    let first_page = platform
        .launch(&site, &mut browser, |token| {
            with_services(&platform, token);
            token.claims["sub"] = json!("teacher-1");
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
        })
        .await?;
    let mut assessor = Visitor::at(browser, first_page);
    let mut sheet = assessor.open_work("Ada Lovelace").await?;
    for (criterion, mark) in PASS {
        sheet = assessor.mark(&sheet, criterion, mark, FEEDBACK).await?;
    }
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;
    site.deliver().await?;

    let looked = first(&platform, "GET /lineitems").await?;
    table.row(
        "AGS: line items are looked for first",
        "application/vnd.ims.lis.v2.lineitemcontainer+json",
        &looked.accept,
    );
    let made = first(&platform, "POST /lineitems?type=7").await?;
    table.row(
        "AGS: a line item is created",
        "application/vnd.ims.lis.v2.lineitem+json",
        &made.content_type,
    );
    table.row("AGS: Verify Bearer Token", &bearer, &made.authorization);
    let item: Value = serde_json::from_str(&made.body)?;
    for (name, expected) in [
        ("label", json!("Assignment")),
        ("scoreMaximum", json!(100.0)),
        ("resourceId", json!(UNIT)),
        ("resourceLinkId", json!("link-1")),
        ("tag", json!("result")),
    ] {
        table.row(
            &format!("AGS: the line item's {name}"),
            &expected.to_string(),
            &item[name].to_string(),
        );
    }
    // Handing in is told first; the grade comes last.
    let scores = platform.received("POST /lineitems/1/scores?type=7");
    let score = scores.last().context("no score came")?;
    table.row(
        "AGS: a score is posted",
        "application/vnd.ims.lis.v1.score+json",
        &score.content_type,
    );
    let score: Value = serde_json::from_str(&score.body)?;
    for (name, expected) in [
        ("userId", json!("person-1")),
        ("scoreGiven", json!(50.0)),
        ("scoreMaximum", json!(100.0)),
        ("activityProgress", json!("Completed")),
        ("gradingProgress", json!("FullyGraded")),
    ] {
        table.row(
            &format!("AGS: the score's {name}"),
            &expected.to_string(),
            &score[name].to_string(),
        );
    }
    let at = score["timestamp"].as_str().unwrap_or_default();
    table.row(
        "AGS: the score's timestamp has fractions and a zone",
        "true",
        &(chrono::DateTime::parse_from_rfc3339(at).is_ok() && at.contains('.')).to_string(),
    );
    let asked_for: Vec<String> = platform
        .received("POST /token")
        .iter()
        .filter_map(|request| {
            url::form_urlencoded::parse(request.body.as_bytes())
                .find(|(name, _)| name == "scope")
                .map(|(_, scope)| scope.into_owned())
        })
        .collect();
    for scope in [SCOPE_LINE_ITEM, SCOPE_SCORE] {
        let asked = asked_for.iter().any(|scopes| scopes.contains(scope));
        table.row(
            &format!(
                "AGS: scope {}",
                scope.rsplit('/').next().unwrap_or_default()
            ),
            "asked for",
            if asked { "asked for" } else { "missing" },
        );
    }
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}

/// A claim's name in the vocabulary of deep linking.
fn dl(name: &str) -> String {
    format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}")
}

/// The suite's request for content: it takes every type and wants its data back.
fn content_request(platform: &Platform) -> impl Fn(&mut Token) {
    let settings = json!({
        "deep_link_return_url": platform.url("deep-link"),
        "accept_types": ["link", "file", "html", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": true,
        "data": "909708",
    });
    move |token| {
        token.claims[claim("message_type")] = json!("LtiDeepLinkingRequest");
        token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
        token.claims[dl("deep_linking_settings")] = settings.clone();
        remove(token, &claim("resource_link"));
    }
}

fn decoded(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn null_in(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(null_in),
        Value::Object(members) => members.values().any(null_in),
        _ => false,
    }
}

#[tokio::test]
async fn deep_linking() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut table = Table::default();
    let mut browser = platform.visit().await?;
    let list = platform
        .launch(&site, &mut browser, content_request(&platform))
        .await?;
    table.row(
        "Send the Request Payload",
        "200 Choose units for Mentoring",
        &format!("{} {}", list.status, list.text("h1").unwrap_or_default()),
    );
    let form = list
        .form("form[action$='/details']")?
        .with("unit", UNIT)
        .press("Go on")?;
    let details = browser.submit(&form).await?;
    let review = browser
        .submit(&details.form("form[action$='/review']")?)
        .await?;
    let form = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let answer = browser
        .submit(&form)
        .await?
        .form("form[data-auto-submit]")?;
    table.row(
        "Receive the Response Payload",
        platform.url("deep-link").as_str(),
        answer.action().as_str(),
    );
    let jwt = answer.value("JWT").unwrap_or_default();
    let parts: Vec<&str> = jwt.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        anyhow::bail!("the field JWT has no three parts");
    };
    let (header, claims) = (decoded(header), decoded(payload));
    table.row(
        "Response Format Valid",
        r#"["JWT","RS256"]"#,
        &json!([header["typ"], header["alg"]]).to_string(),
    );
    let now = site.clock.now().timestamp();
    let (iat, exp) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let timely = iat.is_some_and(|iat| iat <= now && now - iat < 60)
        && exp.is_some_and(|exp| exp > now && exp - now <= 600);
    table.row("Response Timestamps Valid", "true", &timely.to_string());
    let kid = header["kid"].as_str().unwrap_or_default();
    let signed = &jwt[..jwt.len() - signature.len() - 1];
    let verified = lti::KeySets::new(lti::http_client()?)
        .verify(&site.url("lti/jwks"), kid, signed.as_bytes(), signature)
        .await;
    table.row("Signature Valid", "true", &verified.is_ok().to_string());
    for (case, expected, got) in [
        (
            "Required Claims Verified: iss",
            json!(CLIENT),
            &claims["iss"],
        ),
        (
            "Required Claims Verified: aud, a text",
            json!(platform.issuer()),
            &claims["aud"],
        ),
        (
            "Required Claims Verified: deployment_id",
            json!("1"),
            &claims[claim("deployment_id")],
        ),
        (
            "Required Claims Verified: message_type",
            json!("LtiDeepLinkingResponse"),
            &claims[claim("message_type")],
        ),
        (
            "Required Claims Verified: version",
            json!("1.3.0"),
            &claims[claim("version")],
        ),
        (
            "Required Claims Verified: data",
            json!("909708"),
            &claims[dl("data")],
        ),
    ] {
        table.row(case, &expected.to_string(), &got.to_string());
    }
    let nonce = claims["nonce"].as_str().unwrap_or_default();
    table.row(
        "Required Claims Verified: nonce",
        "true",
        &(nonce.len() >= 16).to_string(),
    );
    table.row("no member is null", "false", &null_in(&claims).to_string());
    let item = &claims[dl("content_items")][0];
    table.row(
        "Affirm Response",
        &json!(["ltiResourceLink", site.url("lti/launch"), UNIT]).to_string(),
        &json!([item["type"], item["url"], item["lineItem"]["resourceId"]]).to_string(),
    );

    // What cannot be answered is refused, and what is not given does not come back.
    for (case, expected, change) in [
        (
            "a request without settings",
            "403 deep_linking_settings_missing",
            Box::new(|token: &mut Token| {
                remove(token, &dl("deep_linking_settings"));
            }) as Change,
        ),
        (
            "a request whose answer goes to no web address",
            "403 deep_linking_settings_missing",
            Box::new(|token: &mut Token| {
                token.claims[dl("deep_linking_settings")]["deep_link_return_url"] =
                    json!("javascript:alert(1)");
            }),
        ),
        (
            "a request of a learner",
            "403 may-not-select",
            Box::new(|token: &mut Token| {
                token.claims[claim("roles")] = json!([LEARNER_ROLE]);
            }),
        ),
        (
            "a request of an administrator of the institution only",
            "403 may-not-select",
            Box::new(|token: &mut Token| {
                token.claims[claim("roles")] = json!([
                    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
                ]);
            }),
        ),
    ] {
        let mut browser = platform.visit().await?;
        let request = content_request(&platform);
        let page = platform
            .launch(&site, &mut browser, |token| {
                request(token);
                change(token);
            })
            .await?;
        table.page(case, expected, &page);
    }
    for role in ["ContentDeveloper", "Administrator"] {
        let mut browser = platform.visit().await?;
        let request = content_request(&platform);
        let list = platform
            .launch(&site, &mut browser, |token| {
                request(token);
                token.claims[claim("roles")] = json!([format!(
                    "http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"
                )]);
                token.claims[dl("deep_linking_settings")]["data"] = Value::Null;
            })
            .await?;
        let cancel = list.form("form[action$='/cancel']")?;
        let answer = browser
            .submit(&cancel)
            .await?
            .form("form[data-auto-submit]")?;
        let jwt = answer.value("JWT").unwrap_or_default();
        let claims = decoded(jwt.split('.').nth(1).unwrap_or_default());
        table.row(
            &format!("cancelled by {role}: no items, no data"),
            "[[],null]",
            &json!([claims[dl("content_items")], claims.get(dl("data"))]).to_string(),
        );
    }
    println!("\n{}", table.text);
    assert!(table.wrong.is_empty(), "{}", table.wrong.join("\n"));
    Ok(())
}
