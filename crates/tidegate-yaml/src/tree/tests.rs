use super::*;

fn strings(tree: &mut Tree, values: &[&str]) -> Vec<NodeId> {
    values.iter().map(|it| tree.scalar(Tag::Str, Style::PLAIN, it)).collect()
}

fn values(tree: &Tree, id: NodeId) -> Vec<&str> {
    tree.content(id).iter().map(|&it| tree.value(it)).collect()
}

#[test]
fn content_grows_shrinks_and_is_replaced() {
    let mut tree = Tree::default();
    let (a, b) = (tree.sequence(), tree.sequence());
    let items = strings(&mut tree, &["1", "2", "3", "4", "5"]);
    tree.append(a, &items[..2]);
    tree.append(b, &items[2..3]);
    tree.append(a, &items[3..]);
    assert_eq!(values(&tree, a), ["1", "2", "4", "5"]);
    tree.remove(a, 1, 2);
    assert_eq!(values(&tree, a), ["1", "5"]);
    tree.set_content(a, &items);
    assert_eq!(values(&tree, a), ["1", "2", "3", "4", "5"]);
    assert_eq!(values(&tree, b), ["3"]);
}

#[test]
fn a_copy_is_apart_and_an_assigned_list_too() {
    let mut tree = Tree::default();
    let items = strings(&mut tree, &["a", "b"]);
    let list = tree.collection(Kind::Sequence, Tag::Seq, Style::PLAIN, &items);
    let copy = tree.copy(list);
    let same = tree.scalar(Tag::Str, Style::PLAIN, "x");
    tree.assign(same, list);
    tree.set_value(items[0], "changed");
    assert_eq!(values(&tree, copy), ["a", "b"]);
    assert_eq!(values(&tree, same), ["changed", "b"]);
    tree.remove(same, 0, 1);
    assert_eq!(values(&tree, list), ["changed", "b"]);
}

#[test]
fn absorbing_keeps_values_and_links() {
    let mut one = Tree::default();
    one.scalar(Tag::Str, Style::PLAIN, "before");
    let mut two = Tree::default();
    let items = strings(&mut two, &["k", "v"]);
    let map = two.collection(Kind::Mapping, Tag::Map, Style::PLAIN, &items);
    let shift = one.absorb(&two);
    let value = one.get(shift.node(map), "k").expect("the key");
    assert_eq!(one.value(value), "v");
}

#[test]
fn too_many_nodes_are_told() {
    let mut tree = Tree::new(3);
    strings(&mut tree, &["a", "b", "c"]);
    assert_eq!(tree.overflow(), None);
    strings(&mut tree, &["d"]);
    assert_eq!(tree.overflow().map(|it| it.name), Some("nodes"));
    assert_eq!(tree.len(), 3);
}

#[test]
fn tags_have_a_short_and_a_long_form() {
    assert_eq!(Tag::from_text("tag:yaml.org,2002:int"), Tag::Int);
    assert_eq!(Tag::from_text("!!int"), Tag::Int);
    assert_eq!(Tag::from_text("!mine"), Tag::Custom);
    assert_eq!(Tag::from_text("tag:yaml.org,2002:"), Tag::Custom);
}
