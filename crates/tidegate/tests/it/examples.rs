//! The example that the README shows.

use std::path::Path;

use crate::tree::{run, tidegate};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository")
}

#[test]
fn every_root_is_built_without_a_word() {
    let root = repository().join("examples");
    let ran = run(tidegate(&root).args(["build", "--all", "--root", ".", "-o", "json"]));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let summary = &report["summary"];
    assert_eq!(
        [&summary["built"], &summary["failed"], &summary["components"], &summary["warnings"]],
        [21, 0, 3, 0].map(serde_json::Value::from).each_ref()
    );
}

/// What a cluster would get, by name: a change of the example is seen here.
#[test]
fn production_gets_these_objects() {
    let root = repository().join("examples/fleet");
    let mut out = String::new();
    for folder in ["clusters/production", "infrastructure/controllers/overlays/production", "apps/overlays/production"]
    {
        let ran = run(tidegate(&root).args(["build", folder, "--load-restrictor", "root", "-o", "name"]));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        out.push_str(&ran.out);
    }
    insta::assert_snapshot!(out, @r"
    ConfigMap flux-system/cluster-settings-tk9f77cdd8
    Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps
    Kustomization.kustomize.toolkit.fluxcd.io flux-system/infrastructure-configs
    Kustomization.kustomize.toolkit.fluxcd.io flux-system/infrastructure-controllers
    GitRepository.source.toolkit.fluxcd.io flux-system/fleet
    Namespace cert-manager
    Namespace metrics-server
    Namespace traefik
    HelmRelease.helm.toolkit.fluxcd.io cert-manager/cert-manager
    HelmRelease.helm.toolkit.fluxcd.io metrics-server/metrics-server
    HelmRelease.helm.toolkit.fluxcd.io traefik/traefik
    HelmRepository.source.toolkit.fluxcd.io metrics-server/metrics-server
    HelmRepository.source.toolkit.fluxcd.io traefik/traefik
    OCIRepository.source.toolkit.fluxcd.io cert-manager/cert-manager
    Namespace bookings
    Namespace storefront
    Namespace timetable
    ServiceAccount bookings/bookings
    ServiceAccount storefront/storefront
    ConfigMap bookings/cache-k8mk9f7d44
    ConfigMap storefront/storefront-9hft4t79m4
    ConfigMap timetable/timetable-64h448726k
    Service bookings/bookings
    Service bookings/cache
    Service storefront/storefront
    Deployment.apps bookings/bookings
    Deployment.apps bookings/cache
    Deployment.apps storefront/storefront
    CronJob.batch timetable/timetable
    PodDisruptionBudget.policy bookings/bookings
    PodDisruptionBudget.policy storefront/storefront
    Ingress.networking.k8s.io storefront/storefront
    NetworkPolicy.networking.k8s.io bookings/bookings
    NetworkPolicy.networking.k8s.io bookings/cache
    NetworkPolicy.networking.k8s.io storefront/storefront
    NetworkPolicy.networking.k8s.io timetable/timetable
    ");
}

/// Containers of every environment run as restricted namespaces demand, at a fixed version and within limits.
#[test]
fn containers_are_pinned_restricted_and_limited() {
    let root = repository().join("examples/fleet");
    let mut containers = 0;
    for environment in ["dev", "staging", "production"] {
        let ran = run(tidegate(&root).args(["build", "-o", "json"]).arg(format!("apps/overlays/{environment}")));
        let list: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        for object in list["items"].as_array().expect("items") {
            let paths = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];
            let Some(pod) = paths.iter().find_map(|it| object.pointer(it)) else { continue };
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
            for container in pod["containers"].as_array().expect("containers") {
                containers += 1;
                let (name, tag) = container["image"].as_str().and_then(|it| it.rsplit_once(':')).expect("a tag");
                assert!(name.contains('/') && tag.starts_with(|it: char| it.is_ascii_digit()), "{name}:{tag}");
                assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
                assert_eq!(container["securityContext"]["capabilities"]["drop"], serde_json::json!(["ALL"]));
                assert!(container["resources"]["requests"]["cpu"].is_string());
                assert!(container["resources"]["limits"]["memory"].is_string());
            }
        }
    }
    assert_eq!(containers, 12);
}
