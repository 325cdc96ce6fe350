//! From a request to its answer. Nothing here waits.

use http_body_util::Full;
use http_range_header::parse_range_header;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HOST,
    HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::resolve::resolve;
use super::site::{File, Found, Site};

pub type Answer = Response<Full<Bytes>>;

/// What stands for itself nowhere in a path.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The answer to a request, whose body does not matter.
pub fn answer<B>(site: &Site, request: &Request<B>) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut answer = sorry(site, StatusCode::METHOD_NOT_ALLOWED);
        insert(&mut answer, ALLOW, "GET, HEAD");
        return answer;
    }
    let path = request.uri().path();
    if !has_its_host(request) || !path.starts_with('/') {
        return sorry(site, StatusCode::BAD_REQUEST);
    }
    match resolve(path).as_deref().and_then(|name| site.find(name)) {
        Some(Found::File(file)) => send(file, request),
        Some(Found::Elsewhere(name)) => redirect(site, &name, request.uri().query()),
        None => sorry(site, StatusCode::NOT_FOUND),
    }
}

/// HTTP/1.1 names exactly one host in each request (RFC 9112, 3.2); before that it was no duty.
fn has_its_host<B>(request: &Request<B>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() < Version::HTTP_11,
        count => count == 1,
    }
}

/// Not for ever: a browser remembers what is permanent, and next week something else may listen here.
fn redirect(site: &Site, name: &str, query: Option<&str>) -> Answer {
    let path = utf8_percent_encode(name, ENCODED);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(location) = HeaderValue::try_from(format!("/{path}{query}")) else {
        return sorry(site, StatusCode::BAD_REQUEST);
    };
    let mut answer = sorry(site, StatusCode::TEMPORARY_REDIRECT);
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// A small page of its own.
fn sorry(site: &Site, status: StatusCode) -> Answer {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{status}</title>\n\
         <h1>{status}</h1>\n<p><a href=\"/{}\">The book begins here.</a></p>\n</html>\n",
        utf8_percent_encode(&site.home(), ENCODED)
    );
    let mut answer = with_status(status, page.into());
    insert(&mut answer, CONTENT_TYPE, "text/html; charset=utf-8");
    answer
}

fn with_status(status: StatusCode, bytes: Bytes) -> Answer {
    let mut answer = Response::new(Full::from(bytes));
    *answer.status_mut() = status;
    answer
}

fn insert(answer: &mut Answer, name: HeaderName, value: &'static str) {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn send<B>(file: &File, request: &Request<B>) -> Answer {
    let mut answer = if is_known(file, request.headers()) {
        with_status(StatusCode::NOT_MODIFIED, Bytes::new())
    } else {
        let mut answer = content(file, request);
        answer.headers_mut().insert(CONTENT_TYPE, file.kind.clone());
        insert(&mut answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
        insert(&mut answer, ACCEPT_RANGES, "bytes");
        answer
    };
    answer.headers_mut().insert(ETAG, file.tag.clone());
    // A browser keeps it and asks each time: the answer is a 304 until the file is another one.
    insert(&mut answer, CACHE_CONTROL, "no-cache");
    answer
}

/// Whether the client says that it has these bytes.
fn is_known(file: &File, headers: &HeaderMap) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter();
    let tags = lists.flat_map(|list| list.as_bytes().split(|&byte| byte == b','));
    let mut tags = tags.map(<[u8]>::trim_ascii);
    tags.any(|tag| tag == b"*" || file.tag == tag.strip_prefix(b"W/").unwrap_or(tag))
}

/// All of the file, or the part that is asked for. Several parts are an answer of another kind, which nobody needs.
fn content<B>(file: &File, request: &Request<B>) -> Answer {
    let length = file.bytes.len();
    let Some(range) = range(file, request) else {
        return with_status(StatusCode::OK, file.bytes.clone());
    };
    let (mut answer, range) = match range.validate(length as u64).as_deref() {
        Ok([range]) => {
            let (first, last) = (*range.start() as usize, *range.end() as usize);
            let part = file.bytes.slice(first..=last);
            (with_status(StatusCode::PARTIAL_CONTENT, part), format!("{first}-{last}"))
        }
        Ok(_) => return with_status(StatusCode::OK, file.bytes.clone()),
        Err(_) => {
            (with_status(StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new()), "*".to_owned())
        }
    };
    let range = HeaderValue::try_from(format!("bytes {range}/{length}"));
    answer.headers_mut().insert(CONTENT_RANGE, range.expect("it is visible ASCII"));
    answer
}

/// What the client asks for, if it is a part of this file and makes sense.
fn range<B>(
    file: &File,
    request: &Request<B>,
) -> Option<http_range_header::ParsedRanges> {
    let headers = request.headers();
    let is_of_another = headers.get(IF_RANGE).is_some_and(|tag| tag != file.tag);
    if request.method() != Method::GET || is_of_another {
        return None;
    }
    let ranges = parse_range_header(headers.get(RANGE)?.to_str().ok()?).ok()?;
    (ranges.ranges.len() == 1).then_some(ranges)
}
