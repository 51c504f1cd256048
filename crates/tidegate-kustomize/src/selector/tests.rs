use super::*;

fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
    let labels: Vec<_> = labels.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
    parse_requirements(selector).expect("a selector").iter().all(|it| it.matches(&labels))
}

#[test]
fn label_selectors() {
    let labels = [("app", "web"), ("tier", "2")];
    for yes in [
        "",
        "app",
        "app=web",
        "app==web",
        "app!=db",
        "!other",
        "app in (web, db)",
        "app notin (db)",
        "tier>1",
        "app=web,tier<3",
    ] {
        assert!(selects(yes, &labels), "{yes}");
    }
    for no in ["other", "app=db", "!app", "app in (db)", "tier>2", "app=web,other"] {
        assert!(!selects(no, &labels), "{no}");
    }
    for bad in ["app=web,", "app in web", "=x", "app ~ x", "a b", "app>x"] {
        assert!(parse_requirements(bad).is_err(), "{bad}");
    }
}
