use super::*;

#[test]
fn floats_are_written_as_go_writes_them() {
    // `strconv.FormatFloat(f, 'g', -1, 64)` and `json.Marshal(f)` of Go 1.26.
    let cases = [
        (0.0, "0", "0"),
        (-2.5, "-2.5", "-2.5"),
        (123456.0, "123456", "123456"),
        (1234567.0, "1.234567e+06", "1234567"),
        (100000.0, "100000", "100000"),
        (1e20, "1e+20", "100000000000000000000"),
        (1e21, "1e+21", "1e+21"),
        (1e-4, "0.0001", "0.0001"),
        (1e-5, "1e-05", "0.00001"),
        (1.5e-7, "1.5e-07", "1.5e-7"),
        (1234567.8, "1.2345678e+06", "1234567.8"),
        (5e-324, "5e-324", "5e-324"),
    ];
    for (value, go, json) in cases {
        assert_eq!(format_float(value), go);
        assert_eq!(format_json_float(value), json);
    }
}

#[test]
fn numbers_are_read_as_go_reads_them() {
    assert_eq!(parse_int("0777", 0), Some(511));
    assert_eq!(parse_int("08", 0), None);
    assert_eq!(parse_int("-0x1F", 0), Some(-31));
    assert_eq!(parse_int("0", 0), Some(0));
    assert_eq!(parse_int("-9223372036854775808", 0), Some(i64::MIN));
    assert_eq!(parse_uint("18446744073709551615", 0), Some(u64::MAX));
    assert_eq!(parse_float(".5_0"), Some(0.5));
    assert_eq!(parse_float("._5"), None);
    assert_eq!(parse_float(".e3"), None);
    assert_eq!(parse_float("1e400"), None);
}

#[test]
fn timestamps_take_four_forms() {
    let time = |text: &str| Time::parse_yaml(text).map(|it| it.to_string());
    assert_eq!(time("2001-01-01").as_deref(), Some("2001-01-01T00:00:00Z"));
    assert_eq!(time("2001-1-2").as_deref(), Some("2001-01-02T00:00:00Z"));
    assert_eq!(time("2001-12-14t21:59:43.10-05:00").as_deref(), Some("2001-12-14T21:59:43.1-05:00"));
    assert_eq!(time("2001-12-14 21:59:43").as_deref(), Some("2001-12-14T21:59:43Z"));
    assert_eq!(time("2001-02-29"), None);
    assert_eq!(time("2001-12-14 21:59:43Z"), None);
    assert_eq!(time("2001-12-14T21:59:43"), None);
    assert_eq!(time("20011-12-14"), None);
}
