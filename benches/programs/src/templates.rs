//! minijinja: compile the templates of a page, and render it with data.

use minijinja::value::Serde;
use minijinja::{Environment, context};

use serde::Serialize;
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, sum};

const PAGE: &str = r#"{% extends "base.html" %}
{% block title %}{{ shop.name|title }}: {{ products|length }}{% endblock %}
{% block body %}{% from "macros.html" import price, card %}
{% for group, members in products|groupby("group") %}
<h2>{{ group|upper }}</h2>
{% for product in members|sort(attribute="name") %}
{% set total = product.cents * product.count %}
{% if total > 100 and product.tags %}
{{ card(product.name, product.tags|join(", ")|escape) }}
<p class="{{ loop.cycle("odd", "even") }}">{{ loop.index }}: {{ price(total) }} {{ product.text|replace("a", "<a>") }}</p>
{% elif not product.count %}
<p>{{ "sold out: " ~ product.name|capitalize|indent(2) }}</p>
{% else %}{% include "small.html" %}{% endif %}
{% endfor %}{% endfor %}
<p>{{ products|map(attribute="cents")|sum }} {{ products|selectattr("count")|list|length }}</p>
{% endblock %}"#;

const TEMPLATES: [(&str, &str); 4] = [
    (
        "base.html",
        "<!doctype html><title>{% block title %}{% endblock %}</title>\n\
         <nav>{% for link in shop.links %}<a href=\"/{{ link|replace(\" \", \"+\") }}\">{{ link }}</a>{% endfor %}</nav>\n\
         <main>{% block body %}{% endblock %}</main>",
    ),
    (
        "macros.html",
        "{% macro price(cents) %}{{ cents // 100 }}.{{ cents % 100 }}{% endmacro %}\
         {% macro card(name, tags) %}<div title=\"{{ tags }}\">{{ name }}</div>{% endmacro %}",
    ),
    (
        "small.html",
        "<p>{{ product.name }}: {{ product.text[:20] }}</p>",
    ),
    ("page.html", PAGE),
];

#[derive(Serialize)]
struct Product {
    name: String,
    group: String,
    text: String,
    tags: Vec<String>,
    cents: usize,
    count: usize,
}

/// Each iteration is one page; every eighth compiles the templates again.
pub fn run(session: &mut Session) -> u64 {
    let shops: Vec<Vec<Product>> = (0..4).map(products).collect();
    let iterations = session.iterations;
    session.measure(|| {
        let mut environment = environment();
        sum((0..iterations).map(|i| {
            if i % 8 == 7 {
                environment = self::environment();
            }
            page(&environment, &shops[(i % 4) as usize])
        }))
    })
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    for (name, text) in TEMPLATES {
        let added = environment.add_template(name, text);
        added.expect("a valid template");
    }
    environment
}

fn page(environment: &Environment<'_>, products: &[Product]) -> u64 {
    let data = context! {
        shop => context! { name => "the shop", links => ["a b", "c", "d/e"] },
        products => Serde(products),
    };
    let template = environment.get_template("page.html");
    let page = template.and_then(|it| it.render(data)).expect("a page");
    hash(page.as_bytes())
}

fn products(seed: u64) -> Vec<Product> {
    let mut words = Words::new(seed);
    let mut product = || Product {
        name: words.sentence(2),
        group: words.one_of(&["tools", "books", "food", "toys"]).to_owned(),
        text: words.sentence(10),
        tags: (0..words.number(4)).map(|_| words.word()).collect(),
        cents: words.number(500),
        count: words.number(5),
    };
    (0..120).map(|_| product()).collect()
}
