// Only in pages that `cargo book --watch` serves. A page that nobody looks at does not listen: a browser has few
// connections to a server. When somebody looks again, it hears at once what the version is.
{
    let changes;
    const listen = () => {
        changes?.close();
        if (document.hidden) return;
        changes = new EventSource("/.changes");
        changes.onmessage = ({ data }) => {
            if (data !== "VERSION") location.reload();
        };
    };
    document.addEventListener("visibilitychange", listen);
    listen();
}
