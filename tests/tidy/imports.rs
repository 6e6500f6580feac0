//! No circle of imports: within a crate, no file names another one that names it,
//! over whichever way; nor does a module of the root, all its files together.
//!
//! What is looked at is each path that begins with `crate::` or `super::`, in `use`
//! and elsewhere, in files below `src`. A name that a module only passes on by
//! `pub use` counts for the file that it is from. Not looked at are
//!
//! - paths that begin with the name of a child: a module's file may list, pass on
//!   and call its own children;
//! - tests: who tests may name everything;
//! - what stands in calls of macros, whose contents are not parsed;
//! - methods: only paths name a file.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

use crate::files::File;

/// Names of modules from the root of a crate.
type Module = Vec<String>;

/// The files of one crate, by their modules.
struct Crate<'a> {
    /// Its folder.
    root: &'a str,
    files: BTreeMap<Module, (&'a str, syn::File)>,
}

/// The circles of all crates: files that import each other, over whichever way.
pub(crate) fn circles(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.is_rust());
    let mut crates: BTreeMap<&str, Crate<'_>> = BTreeMap::new();
    for file in sources {
        let Some((root, module)) = place(&file.path) else { continue };
        let parsed =
            syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let of_root = crates.entry(root).or_insert_with(|| Crate { root, files: BTreeMap::new() });
        of_root.files.insert(module, (&file.path, parsed));
    }
    crates.values().flat_map(Crate::circles).collect()
}

/// The folder of a file's crate, and its module; `None` of a test.
fn place(path: &str) -> Option<(&str, Module)> {
    let (root, file) = match path.strip_prefix("src/") {
        Some(file) => ("", file),
        None => path.split_once("/src/")?,
    };
    let mut module: Module = file.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&&**last)) {
        // A program's root has other children than its library's.
        let last = module.pop();
        if last.as_deref() == Some("main") {
            return None;
        }
    }
    module.iter().all(|name| name != "tests").then_some((root, module))
}

impl Crate<'_> {
    /// Circles of files, and, where there are none, of the modules that the crate has
    /// at its root, each taken as a whole.
    fn circles(&self) -> Vec<String> {
        let imports = self.imports();
        let name = |module: &Module| self.files[module].0.to_owned();
        let of_files = circles_of(imports.iter().map(|(from, to)| (name(from), name(to))));
        if !of_files.is_empty() {
            return of_files;
        }
        let whole = |module: &Module| module.first().map(|first| format!("{}::{first}", self.root));
        circles_of(imports.iter().filter_map(|(from, to)| Some((whole(from)?, whole(to)?))))
    }

    /// Which file imports which.
    fn imports(&self) -> BTreeSet<(&Module, &Module)> {
        let mut imports = BTreeSet::new();
        for (module, (_, file)) in &self.files {
            let mut paths = Paths { module: module.clone(), found: Vec::new() };
            paths.visit_file(file);
            let named = paths.found.iter().filter_map(|path| self.file_of(path, 0));
            imports.extend(named.map(|to| (module, to)));
        }
        imports
    }

    /// The file that `path` from the root of the crate names something of.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&Module> {
        let is_file = |length: &usize| self.files.contains_key(&path[..*length]);
        let length = (0..=path.len()).rev().find(is_file)?;
        let (module, (_, file)) = self.files.get_key_value(&path[..length])?;
        let passed_on = path.get(length).and_then(|name| passed_on(file, module, name));
        // A crate may pass on a name of another crate.
        let from = passed_on.filter(|_| depth < 8).and_then(|from| self.file_of(&from, depth + 1));
        Some(from.unwrap_or(module))
    }
}

/// What is left of these imports when nothing is left in no circle.
fn circles_of(imports: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut left: BTreeSet<_> = imports.filter(|(from, to)| from != to).collect();
    loop {
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = left.iter().cloned().unzip();
        let count = left.len();
        // What nobody imports is in no circle, nor is what imports nothing.
        left.retain(|(one, other)| to.contains(one) && from.contains(other));
        if left.len() == count {
            return left.iter().map(|(from, to)| format!("{from} imports {to}")).collect();
        }
    }
}

/// The path from the root of the crate of what a module passes on by this name.
fn passed_on(file: &syn::File, module: &Module, name: &str) -> Option<Vec<String>> {
    let public = file.items.iter().filter_map(|item| match item {
        Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => Some(&item.tree),
        _ => None,
    });
    let mut names = Vec::new();
    public.for_each(|tree| collect(tree, &mut Vec::new(), &mut names));
    let (path, _) = names.into_iter().find(|(_, shown)| shown == name)?;
    // Of a child, unless it says otherwise.
    Some(absolute(module, &path).unwrap_or_else(|| [module.clone(), path].concat()))
}

/// The paths of `tree`, each with the name that it is known by.
fn collect(tree: &UseTree, before: &mut Vec<String>, names: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            collect(&path.tree, before, names);
            before.pop();
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect(tree, before, names));
        }
        UseTree::Name(name) if name.ident == "self" => {
            let name = before.last().cloned().unwrap_or_default();
            names.push((before.clone(), name));
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let mut path = before.clone();
            path.push(name.clone());
            names.push((path, name));
        }
        UseTree::Rename(rename) => {
            let path = [&before[..], &[rename.ident.to_string()]].concat();
            names.push((path, rename.rename.to_string()));
        }
        UseTree::Glob(_) => names.push((before.clone(), "*".to_owned())),
    }
}

/// A path that begins with `crate` or `super`, in `module`, from the root.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    if path.first()? == "crate" {
        return Some(path[1..].to_vec());
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    let above = module.len().checked_sub(ups).filter(|_| ups > 0)?;
    Some([&module[..above], &path[ups..]].concat())
}

/// The paths of a file that name something of its crate, from the root.
struct Paths {
    module: Module,
    found: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() && !item.attrs.iter().any(is_for_tests) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut names = Vec::new();
        collect(&item.tree, &mut Vec::new(), &mut names);
        let found = names.iter().filter_map(|(path, _)| absolute(&self.module, path));
        self.found.extend(found);
    }

    /// `pub(super)` names a module without using it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        self.found.extend(absolute(&self.module, &names));
        visit::visit_path(self, path);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
    attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sources: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = sources.iter().map(|(path, text)| File::new(path, text)).collect();
        circles(&files)
    }

    #[test]
    fn files_that_import_each_other_are_a_circle() {
        let one = ("src/one.rs", "use crate::two::Two;");
        let two = ("src/two.rs", "fn two() { super::three::three() }");
        let three = ("src/three.rs", "use super::one;");
        assert_eq!(found(&[one, two]).len(), 0);
        assert_eq!(found(&[one, two, three]).len(), 3);
        let elsewhere = ("other/src/three.rs", "use super::one;");
        assert_eq!(found(&[one, two, elsewhere]).len(), 0);
    }

    #[test]
    fn a_name_that_is_passed_on_counts_for_its_own_file() {
        let parent = ("src/a/mod.rs", "mod b; mod c; pub use b::B; pub struct A;");
        let child = ("src/a/c.rs", "use super::{A, B};");
        let leaf = ("src/a/b.rs", "");
        assert_eq!(found(&[parent, child, leaf]).len(), 0);
        let back = ("src/a/b.rs", "use super::c::C;");
        assert_eq!(found(&[parent, child, back]).len(), 2);
    }

    #[test]
    fn tests_may_name_everything() {
        let one = ("src/one.rs", "#[cfg(test)] mod tests { use crate::two::Two; }");
        let two = ("src/two.rs", "use crate::one::One;");
        assert_eq!(found(&[one, two]).len(), 0);
    }
}
