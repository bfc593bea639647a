// SPDX-License-Identifier: MIT
use super::{FEATURES, Features};

#[test]
fn cargo_variables_and_names_give_the_same_set() {
    let by_name = Features::from_names(["check-loads", "local_dynamic_tls"]).unwrap();
    let by_variable = Features::from_cargo(|name| {
        [
            "CARGO_FEATURE_CHECK_LOADS",
            "CARGO_FEATURE_LOCAL_DYNAMIC_TLS",
        ]
        .contains(&name)
        .then(|| "1".to_owned())
    });
    assert_eq!(by_name, by_variable);
    assert!(by_name.has("check-loads") && !by_name.has("check"));
    assert_eq!(Features::from_names(["chekc"]), Err("chekc".to_owned()));
}

#[test]
fn names_are_unique() {
    for (index, feature) in FEATURES.iter().enumerate() {
        assert!(FEATURES[..index].iter().all(|f| f.name != feature.name));
    }
}
