//! The tree that the parser builds, within limits. It keeps only the names and
//! attributes that a reader of text needs.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, LocalName, ParseOpts, QualName, local_name, ns};
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::{failure, too_large};

/// Most levels of nesting. Programs that write pages stop far below.
const MOST_LEVELS: u32 = 1_000;
/// Most elements and stretches of text.
const MOST_NODES: usize = 300_000;
/// How much is parsed before the limits are looked at, in bytes.
const PIECE: usize = 4 << 10;
/// Attributes that say something about text.
const ATTRIBUTES: [&str; 15] = [
    "class", "colspan", "hidden", "href", "id", "open", "rowspan", "size", "src", "start", "style",
    "title", "type", "value", "data",
];
/// Longest value of an attribute that is kept, in bytes; pictures stand in some.
const LONGEST_VALUE: usize = 4 << 10;
/// The root of the tree.
pub(crate) const ROOT: usize = 0;

/// An element, a stretch of text, or something that is neither.
pub(crate) enum Node {
    Element(Element),
    Text(String),
    Nothing,
}

/// An element with what it holds.
pub(crate) struct Element {
    pub(crate) name: LocalName,
    pub(crate) attributes: Vec<(LocalName, String)>,
    pub(crate) children: Vec<usize>,
    parent: Option<usize>,
    level: u32,
}

impl Element {
    /// An attribute by its name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Parses a page as browsers do. Nothing runs and nothing is fetched.
///
/// # Errors
///
/// `too-large` where it is nested too deeply or holds too many elements.
pub(crate) fn parsed(text: &str) -> Result<Vec<Node>, Failure> {
    let mut parser = html5ever::parse_document(Tree::new(), ParseOpts::default());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
        parser.process(StrTendril::from(piece));
        parser.tokenizer.sink.sink.check()?;
        rest = behind;
    }
    let tree = parser.finish();
    tree.check()?;
    Ok(tree.nodes.into_inner())
}

/// Takes in what the parser finds.
struct Tree {
    nodes: RefCell<Vec<Node>>,
    too_deep: Cell<bool>,
    too_many: Cell<bool>,
}

/// A node as the parser knows it.
#[derive(Clone)]
struct Handle {
    index: usize,
    name: Rc<QualName>,
}

impl Tree {
    fn new() -> Self {
        Self {
            nodes: RefCell::new(vec![Node::Element(Element {
                name: local_name!(""),
                attributes: Vec::new(),
                children: Vec::new(),
                parent: None,
                level: 0,
            })]),
            too_deep: Cell::new(false),
            too_many: Cell::new(false),
        }
    }

    fn check(&self) -> Result<(), Failure> {
        if self.too_deep.get() {
            return Err(failure(
                "too-large",
                "The page is nested too deeply to be read.",
            ));
        }
        if self.too_many.get() {
            return Err(too_large());
        }
        Ok(())
    }

    fn nothing(&self) -> Handle {
        Handle {
            index: self.add(Node::Nothing),
            name: Rc::new(QualName::new(None, ns!(html), local_name!(""))),
        }
    }

    /// The number of a new node. Beyond the limit, all new ones are the root,
    /// which nothing is put into any more.
    fn add(&self, node: Node) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= MOST_NODES {
            self.too_many.set(true);
            return ROOT;
        }
        nodes.push(node);
        nodes.len() - 1
    }

    fn is_full(&self) -> bool {
        self.too_deep.get() || self.too_many.get()
    }

    /// Puts a node or text among the children of another, at a place.
    fn put(&self, parent: usize, at: Option<usize>, child: NodeOrText<Handle>) {
        if self.is_full() {
            return;
        }
        let child = match child {
            NodeOrText::AppendNode(handle) => handle.index,
            NodeOrText::AppendText(text) => {
                if self.joined(parent, at, &text) {
                    return;
                }
                self.add(Node::Text(String::from(text)))
            }
        };
        self.take_out(child);
        let nodes = &mut *self.nodes.borrow_mut();
        let Some(Node::Element(element)) = nodes.get_mut(parent) else {
            return;
        };
        let at = at.unwrap_or(element.children.len());
        element
            .children
            .insert(at.min(element.children.len()), child);
        let level = element.level + 1;
        if level > MOST_LEVELS {
            self.too_deep.set(true);
        }
        if let Some(Node::Element(element)) = nodes.get_mut(child) {
            element.parent = Some(parent);
            element.level = level;
        }
    }

    /// Text goes on where text stands already.
    fn joined(&self, parent: usize, at: Option<usize>, text: &str) -> bool {
        let nodes = &mut *self.nodes.borrow_mut();
        let Some(Node::Element(element)) = nodes.get(parent) else {
            return true;
        };
        let before = at.unwrap_or(element.children.len()).checked_sub(1);
        let before = before
            .and_then(|before| element.children.get(before))
            .copied();
        match before.and_then(|before| nodes.get_mut(before)) {
            Some(Node::Text(known)) => {
                known.push_str(text);
                true
            }
            _ => false,
        }
    }

    fn parent(&self, index: usize) -> Option<usize> {
        match self.nodes.borrow().get(index) {
            Some(Node::Element(element)) => element.parent,
            _ => None,
        }
    }

    fn take_out(&self, child: usize) {
        let Some(parent) = self.parent(child) else {
            return;
        };
        let nodes = &mut *self.nodes.borrow_mut();
        if let Some(Node::Element(element)) = nodes.get_mut(parent) {
            // What moves is nearly always among the last.
            if let Some(at) = element.children.iter().rposition(|known| *known == child) {
                element.children.remove(at);
            }
        }
        if let Some(Node::Element(element)) = nodes.get_mut(child) {
            element.parent = None;
        }
    }
}

impl TreeSink for Tree {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle {
            index: ROOT,
            name: Rc::new(QualName::new(None, ns!(), local_name!(""))),
        }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        _flags: ElementFlags,
    ) -> Handle {
        let kept = attributes.into_iter().filter(|attribute| {
            ATTRIBUTES.contains(&&*attribute.name.local) && attribute.value.len() <= LONGEST_VALUE
        });
        let index = self.add(Node::Element(Element {
            name: name.local.clone(),
            attributes: kept
                .map(|attribute| (attribute.name.local, String::from(attribute.value)))
                .collect(),
            children: Vec::new(),
            parent: None,
            level: 0,
        }));
        Handle {
            index,
            name: Rc::new(name),
        }
    }

    fn create_comment(&self, _text: StrTendril) -> Handle {
        self.nothing()
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Handle {
        self.nothing()
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.put(parent.index, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        before: &Handle,
        child: NodeOrText<Handle>,
    ) {
        if self.parent(element.index).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(before, child);
        }
    }

    fn append_doctype_to_document(
        &self,
        _name: StrTendril,
        _public_id: StrTendril,
        _system_id: StrTendril,
    ) {
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        one.index == other.index
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, node: NodeOrText<Handle>) {
        let Some(parent) = self.parent(sibling.index) else {
            return;
        };
        let at = match self.nodes.borrow().get(parent) {
            Some(Node::Element(element)) => element
                .children
                .iter()
                .rposition(|known| *known == sibling.index),
            _ => None,
        };
        self.put(parent, at, node);
    }

    fn add_attrs_if_missing(&self, _target: &Handle, _attributes: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &Handle) {
        self.take_out(target.index);
    }

    fn reparent_children(&self, node: &Handle, parent: &Handle) {
        let children = match self.nodes.borrow_mut().get_mut(node.index) {
            Some(Node::Element(element)) => std::mem::take(&mut element.children),
            _ => return,
        };
        let nodes = &mut *self.nodes.borrow_mut();
        for child in &children {
            if let Some(Node::Element(element)) = nodes.get_mut(*child) {
                element.parent = Some(parent.index);
            }
        }
        if let Some(Node::Element(element)) = nodes.get_mut(parent.index) {
            element.children.extend(children);
        }
    }
}
