// SPDX-License-Identifier: MIT
use super::{FEATURES, FeatureId, Features};

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
    assert!(by_name.has(FeatureId::CheckLoads) && !by_name.has(FeatureId::Check));
    assert_eq!(Features::from_names(["chekc"]), Err("chekc".to_owned()));
}

#[test]
fn names_are_unique_and_ids_are_indices() {
    for (index, feature) in FEATURES.iter().enumerate() {
        assert!(FEATURES[..index].iter().all(|f| f.name != feature.name));
        assert_eq!(feature.id as usize, index, "{}", feature.name);
    }
}
