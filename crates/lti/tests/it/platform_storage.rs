//! Names and addresses of platform storage.

use lti::Exchange;
use serde_json::json;
use url::Url;

use crate::common::Platform;

#[tokio::test]
async fn pages_are_told_names_origin_and_frame() {
    let platform = Platform::start(|_| unreachable!("nothing is asked")).await;
    let mut registration = platform.registration();
    for (auth_url, origin) in [
        (
            "https://sso.canvaslms.com/api/lti/authorize_redirect?x=1",
            "https://sso.canvaslms.com",
        ),
        (
            "https://vle.test:8443/mod/lti/auth.php",
            "https://vle.test:8443",
        ),
        ("http://localhost:8081/auth", "http://localhost:8081"),
    ] {
        registration.auth_url = Url::parse(auth_url).expect("an address");
        let exchange = Exchange::new(&registration, Some("storage_frame"), "s1");
        assert_eq!(
            serde_json::to_value(&exchange).expect("JSON"),
            json!({
                "key": "lti_state_s1",
                "target_origin": origin,
                "frame": "storage_frame",
            })
        );
    }
    let exchange = Exchange::new(&registration, None, "s1");
    assert_eq!(exchange.frame, None);
}
