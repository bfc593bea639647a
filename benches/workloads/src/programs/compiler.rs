//! The front half of a compiler: parses texts into trees of boxes, simplifies and prints
//! them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::iter::Peekable;
use std::vec::IntoIter;

use crate::Session;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(u64),
    Name(String),
    Sign(char),
}

#[derive(Clone)]
enum Expr {
    Number(u64),
    Name(String),
    Binary(char, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}

/// The number of expressions in a module.
const EXPRESSIONS: u64 = 120;

/// Each iteration compiles one of a few modules.
pub fn run(session: &mut Session) -> u64 {
    let modules: Vec<Vec<String>> = (0..8).map(module).collect();
    let iterations = session.iterations;
    session.measure(|| {
        (0..iterations)
            .map(|i| compile(&modules[(i % 8) as usize]))
            .sum()
    })
}

fn compile(module: &[String]) -> u64 {
    // All trees of a module live until the module is done.
    let trees: Vec<Expr> = module
        .iter()
        .map(|text| sum(&mut tokens(text).into_iter().peekable()))
        .collect();
    let known = HashMap::from([("one".to_owned(), Expr::Number(1))]);
    let trees: Vec<Expr> = trees
        .into_iter()
        .map(|tree| simplify(tree, &known))
        .collect();
    trees.iter().map(|tree| print(tree).len() as u64).sum()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit(),
            'a'..='z' => |c| c.is_ascii_lowercase(),
            _ => |_| false,
        };
        let end = rest.find(|c| !class(c)).unwrap_or(rest.len()).max(1);
        let (word, after) = rest.split_at(end);
        tokens.push(match first {
            '0'..='9' => Token::Number(word.parse().unwrap_or(0)),
            'a'..='z' => Token::Name(word.to_owned()),
            sign => Token::Sign(sign),
        });
        rest = after;
    }
    tokens
}

type Tokens = Peekable<IntoIter<Token>>;

fn sum(tokens: &mut Tokens) -> Expr {
    binary(tokens, &['+', '-'], product)
}

fn product(tokens: &mut Tokens) -> Expr {
    binary(tokens, &['*'], atom)
}

fn binary(tokens: &mut Tokens, signs: &[char], operand: fn(&mut Tokens) -> Expr) -> Expr {
    let mut left = operand(tokens);
    while let Some(Token::Sign(sign)) = tokens.peek() {
        let sign = *sign;
        if !signs.contains(&sign) {
            break;
        }
        tokens.next();
        left = Expr::Binary(sign, Box::new(left), Box::new(operand(tokens)));
    }
    left
}

fn atom(tokens: &mut Tokens) -> Expr {
    match tokens.next() {
        Some(Token::Number(number)) => Expr::Number(number),
        Some(Token::Name(name)) if tokens.peek() == Some(&Token::Sign('(')) => {
            let mut arguments = Vec::new();
            // The opening parenthesis or a comma comes before each argument.
            while matches!(tokens.next(), Some(Token::Sign('(' | ','))) {
                arguments.push(sum(tokens));
            }
            Expr::Call(name, arguments)
        }
        Some(Token::Name(name)) => Expr::Name(name),
        _ => {
            let inner = sum(tokens);
            tokens.next();
            inner
        }
    }
}

/// Replaces known names, and computes constant expressions.
fn simplify(tree: Expr, known: &HashMap<String, Expr>) -> Expr {
    match tree {
        Expr::Name(name) => match known.get(&name) {
            Some(value) => value.clone(),
            None => Expr::Name(name),
        },
        Expr::Call(name, arguments) => {
            let simpler = arguments.into_iter().map(|tree| simplify(tree, known));
            // Make a new tree, like a compiler that keeps the parsed one for its messages.
            Expr::Call(name.clone(), simpler.collect())
        }
        Expr::Binary(sign, left, right) => {
            match (sign, simplify(*left, known), simplify(*right, known)) {
                ('+', Expr::Number(a), Expr::Number(b)) => Expr::Number(a.wrapping_add(b)),
                ('*', Expr::Number(a), Expr::Number(b)) => Expr::Number(a.wrapping_mul(b)),
                ('*', tree, Expr::Number(1)) | ('+', tree, Expr::Number(0)) => tree,
                (sign, left, right) => Expr::Binary(sign, Box::new(left), Box::new(right)),
            }
        }
        number @ Expr::Number(_) => number,
    }
}

fn print(tree: &Expr) -> String {
    match tree {
        Expr::Number(number) => number.to_string(),
        Expr::Name(name) => name.clone(),
        Expr::Binary(sign, left, right) => format!("({} {sign} {})", print(left), print(right)),
        Expr::Call(name, arguments) => {
            let mut text = format!("{name}(");
            for argument in arguments {
                // Writing to a string never fails.
                let _ = write!(text, "{},", print(argument));
            }
            text.push(')');
            text
        }
    }
}

/// The texts of a module's expressions.
fn module(seed: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..EXPRESSIONS)
        .map(|_| {
            let mut text = String::new();
            source(&mut text, 5, &mut random);
            text
        })
        .collect()
}

fn source(text: &mut String, depth: u32, random: &mut fastrand::Rng) {
    match random.u8(..if depth == 0 { 2 } else { 8 }) {
        0 => text.push_str(&random.u16(..).to_string()),
        1 => text.push_str(["one", "x", "length", "somewhatlonger"][random.usize(..4)]),
        2 => {
            text.push_str("call(");
            for last in [false, false, true] {
                source(text, depth - 1, random);
                text.push_str(if last { ")" } else { "," });
            }
        }
        _ => {
            text.push('(');
            source(text, depth - 1, random);
            text.push(['+', '-', '*'][random.usize(..3)]);
            source(text, depth - 1, random);
            text.push(')');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{module, print, simplify, sum, tokens};
    use std::collections::HashMap;

    #[test]
    fn what_is_printed_means_what_was_written() {
        for (text, expected) in [
            ("1+2*3", "7"),
            ("(1+x)*4", "((1 + x) * 4)"),
            ("f(1+1,x*1)-y", "(f(2,x,) - y)"),
        ] {
            let tree = sum(&mut tokens(text).into_iter().peekable());
            assert_eq!(print(&simplify(tree, &HashMap::new())), expected);
        }
    }

    #[test]
    fn modules_are_parsed_to_their_ends() {
        for text in module(1) {
            let mut tokens = tokens(&text).into_iter().peekable();
            sum(&mut tokens);
            assert_eq!(tokens.next(), None, "{text}");
        }
    }
}
