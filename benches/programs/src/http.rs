//! hyper and tokio: a server and its clients, which exchange JSON over loopback.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use snmalloc_bench_workloads::Session;
use tokio::net::{TcpListener, TcpStream};

use crate::words::{Words, hash, sum};

/// Connections, each with a client that sends one request after the other.
const CLIENTS: u64 = 8;

#[derive(Serialize, Deserialize)]
struct Cart {
    id: u64,
    user: String,
    items: Vec<Item>,
    notes: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Item {
    name: String,
    count: u64,
    cents: u64,
}

#[derive(Serialize, Deserialize)]
struct Receipt {
    id: u64,
    greeting: String,
    lines: Vec<String>,
    cents: u64,
}

/// Each iteration is one request.
pub fn run(session: &mut Session) -> u64 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(session.threads)
        .enable_io()
        .build()
        .expect("threads can be started");
    let iterations = session.iterations;
    let address = runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        tokio::spawn(serve(listener));
        address
    });
    session.measure(|| {
        runtime.block_on(async {
            let share = |client| (iterations + CLIENTS - 1 - client) / CLIENTS;
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| tokio::spawn(requests(address, client, share(client))))
                .collect();
            let mut results = Vec::new();
            for client in clients {
                results.push(client.await.expect("a client ends well"));
            }
            sum(results.into_iter())
        })
    })
}

async fn serve(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(async move {
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(refusal(&error.to_string())),
    };
    Ok(match serde_json::from_slice::<Cart>(&body) {
        Ok(cart) if path.starts_with("/carts/") => {
            let text = serde_json::to_vec(&receipt(&cart)).expect("a receipt can be written");
            Response::builder()
                .header(CONTENT_TYPE, "application/json")
                .header("x-cart", cart.id.to_string())
                .body(Full::new(text.into()))
                .expect("a valid answer")
        }
        Ok(_) => refusal("no such path"),
        Err(error) => refusal(&error.to_string()),
    })
}

fn refusal(why: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(why.to_owned().into()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

fn receipt(cart: &Cart) -> Receipt {
    let line = |item: &Item| format!("{} x {}: {}", item.count, item.name, item.cents);
    let mut items = cart.items.clone();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Receipt {
        id: cart.id,
        greeting: format!("Dear {}, {} notes", cart.user, cart.notes.len()),
        lines: items.iter().map(line).collect(),
        cents: items.iter().map(|item| item.count * item.cents).sum(),
    }
}

/// One client's requests.
async fn requests(address: SocketAddr, client: u64, count: u64) -> u64 {
    let stream = TcpStream::connect(address).await.expect("the server");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .expect("the server speaks HTTP");
    tokio::spawn(connection);
    let mut words = Words::new(client);
    let mut result = 0_u64;
    for number in 0..count {
        let cart = cart(number, &mut words);
        let body = serde_json::to_vec(&cart).expect("a cart can be written");
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/carts/{number}"))
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .expect("a valid request");
        let response = sender.send_request(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let body = response.into_body().collect().await.expect("a whole body");
        let receipt: Receipt = serde_json::from_slice(&body.to_bytes()).expect("a receipt");
        let lines = receipt.lines.iter().map(|line| hash(line.as_bytes()));
        result = sum(lines).wrapping_add(result).wrapping_add(receipt.cents);
    }
    result
}

fn cart(id: u64, words: &mut Words) -> Cart {
    let item = |words: &mut Words| Item {
        name: words.sentence(3),
        count: 1 + words.number(9) as u64,
        cents: words.number(10_000) as u64,
    };
    Cart {
        id,
        user: words.sentence(2),
        items: (0..4 + words.number(24)).map(|_| item(words)).collect(),
        notes: (0..words.number(6))
            .map(|_| (words.word(), words.sentence(8)))
            .collect(),
    }
}
