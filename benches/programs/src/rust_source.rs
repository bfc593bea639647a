//! syn and prettyplease: parse Rust source, rename its fields and functions, print it.

use std::fmt::Write as _;

use snmalloc_bench_workloads::Session;
use syn::visit_mut::{self, VisitMut};
use syn::{Field, Ident, Lit, LitInt};

use crate::words::{Words, hash, measure_each};

/// The number of different source files.
const FILES: u64 = 4;
/// Types in each of them.
const TYPES: usize = 24;

/// Each iteration is one file.
pub fn run(session: &mut Session) -> u64 {
    let files: Vec<String> = (0..FILES).map(source).collect();
    measure_each(session, &files, format)
}

fn format(source: &str) -> u64 {
    let mut file = syn::parse_file(source).expect("the source is valid");
    let mut rename = Rename { changes: 0 };
    rename.visit_file_mut(&mut file);
    hash(prettyplease::unparse(&file).as_bytes()).wrapping_add(rename.changes)
}

struct Rename {
    changes: u64,
}

impl VisitMut for Rename {
    fn visit_field_mut(&mut self, field: &mut Field) {
        if let Some(name) = &field.ident {
            field.ident = Some(Ident::new(&format!("new_{name}"), name.span()));
            self.changes += 1;
        }
        visit_mut::visit_field_mut(self, field);
    }

    fn visit_lit_mut(&mut self, lit: &mut Lit) {
        if let Lit::Int(number) = lit {
            let next = number.base10_parse::<u64>().expect("a number") + 1;
            *lit = Lit::Int(LitInt::new(&next.to_string(), number.span()));
            self.changes += 1;
        }
    }
}

/// A file of types with methods.
fn source(seed: u64) -> String {
    let mut words = Words::new(seed);
    let mut text = String::from("use std::collections::BTreeMap;\n");
    for number in 0..TYPES {
        let name = format!("Type{number}");
        // Writing to a string never fails, here and below.
        let _ = writeln!(
            text,
            "/// {}\n#[derive(Clone, Debug, Default)]\npub struct {name}<T: Clone> {{",
            words.sentence(9)
        );
        let fields: Vec<String> = (0..6).map(|i| format!("{}_{i}", words.word())).collect();
        for field in &fields {
            let kind = words.one_of(&[
                "u64",
                "Option<Box<T>>",
                "Vec<(String, T)>",
                "BTreeMap<String, Vec<u8>>",
                "&'static [u32; 4]",
            ]);
            let _ = writeln!(
                text,
                "    /// {}\n    pub {field}: {kind},",
                words.sentence(6)
            );
        }
        let _ = writeln!(text, "}}\nimpl<T: Clone> {name}<T> {{");
        for method in 0..4 {
            method_of(&mut text, &mut words, &fields, method);
        }
        text.push_str("}\n");
    }
    text
}

fn method_of(text: &mut String, words: &mut Words, fields: &[String], number: usize) {
    let name = format!("{}_{number}", words.word());
    let field = &fields[words.number(fields.len())];
    let (first, second) = (expression(words, 3), expression(words, 4));
    let third = expression(words, 3);
    let _ = writeln!(
        text,
        "pub fn {name}<'a>(&'a mut self, a: u64, b: &'a str) -> Result<Option<u64>, String> {{\n\
         let c = {first};\n\
         let d: Vec<_> = self.{field}.iter().filter(|it| it.len() > 3).map(|it| it.clone()).collect();\n\
         for (i, it) in d.iter().enumerate() {{\n\
         if i % 2 == 0 && {second} > c {{ println!(\"{{}} {{i}}\", it.name); continue; }}\n\
         match it {{\n\
         Some(x) if x.id == a => return Err(format!(\"{{b}}: {{x:?}}\")),\n\
         None | Some(_) => self.{field}.push({third}),\n\
         }}\n}}\n\
         Ok(Some(c).filter(|c| *c != a))\n}}"
    );
}

fn expression(words: &mut Words, depth: usize) -> String {
    if depth == 0 {
        return match words.number(3) {
            0 => words.number(1000).to_string(),
            1 => "a".to_owned(),
            _ => "b.len() as u64".to_owned(),
        };
    }
    let left = expression(words, depth - 1);
    let right = expression(words, depth - 1);
    match words.number(5) {
        0 => format!("({left} + {right})"),
        1 => format!("({left}).max({right})"),
        2 => format!("if a > 7 {{ {left} }} else {{ {right} }}"),
        3 => format!("[{left}, {right}].into_iter().fold(0, |x, y| x ^ y)"),
        _ => format!("(|x: u64| x.wrapping_mul({left}))({right})"),
    }
}
