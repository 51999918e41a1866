//! Every vector of the ABI, judged by the probe without a WebAssembly engine in between.

#[path = "../../testdata/probe/rust/src/form.rs"]
mod form;

use std::borrow::Cow;
use std::collections::HashMap;

use grove_guest::{judge_bytes, read_names, Node, Settings, Tree, Validator};

const VECTORS: &str = include_str!("../../../abi/testdata/vectors.txt");

#[derive(Default)]
struct Nodes {
    nodes: HashMap<String, Vec<u8>>,
    children: HashMap<String, Vec<u8>>,
}

impl Tree for Nodes {
    fn get(&self, path: &[u8]) -> Node<'static> {
        let bytes = self.nodes.get(std::str::from_utf8(path).unwrap());
        let node = bytes.map(|bytes| Node::read(bytes).unwrap()).unwrap_or_default();
        Node { data: node.data.map(|data| Cow::Owned(data.into_owned())), ..node }
    }

    fn children(&self, path: &[u8]) -> Option<Vec<Vec<u8>>> {
        read_names(self.children.get(std::str::from_utf8(path).unwrap())?).unwrap()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn vectors() {
    let mut tried = 0;
    for vector in VECTORS.split("\nname ").skip(1) {
        tried += 1;
        let mut probe = form::Probe::default();
        let mut tree = Nodes::default();
        let (mut request, mut verdict) = (Vec::new(), "");
        let name = vector.lines().next().unwrap();
        for line in vector.lines().skip(1) {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            match key {
                "settings" => probe.configure(Settings(&bytes(value))).unwrap(),
                "node" | "children" => {
                    let (path, answer) = value.split_once(' ').unwrap();
                    let list = if key == "node" { &mut tree.nodes } else { &mut tree.children };
                    list.insert(path.into(), bytes(answer));
                }
                "request" => request = bytes(value),
                "verdict" => verdict = value,
                "form" | "log" | "" => {}
                _ => panic!("{}: line {:?}", name, line),
            }
        }
        let want = match verdict {
            "trap" => None,
            "admit" => Some(Vec::new()),
            hex => Some(bytes(hex)),
        };
        assert_eq!(judge_bytes(&probe, &request, &tree), want, "{}", name);
    }
    assert!(tried > 40, "{} vectors", tried);
}
