"use strict";

// What the book adds to mdBook's own script: a keyboard's way through the page, names for what a screen reader meets,
// the line above a quote as its heading, Chinese that says so, and a search that finds it. Each part stands alone.

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const byId = (id) => document.getElementById(id);

// The first press of Tab leads past the sidebar.
(function skipLink() {
    const main = document.querySelector("main");
    main.id = "content";
    main.tabIndex = -1;
    const link = document.createElement("a");
    link.className = "skip-link";
    link.href = "#content";
    link.textContent = "Skip to the text";
    // The address keeps the heading that the reader came to.
    link.addEventListener("click", (event) => {
        event.preventDefault();
        main.focus();
    });
    document.body.prepend(link);
    // mdBook scrolls the sidebar to this chapter, and a browser may take that for the place where the reader is.
    document.body.tabIndex = -1;
    document.body.focus({ preventScroll: true });
    document.body.blur();
    document.body.removeAttribute("tabindex");
})();

// mdBook's button for the sidebar is a label, which no keyboard reaches: a true button takes its place and presses it.
(function sidebarToggle() {
    const label = byId("mdbook-sidebar-toggle");
    const button = document.createElement("button");
    button.type = "button";
    button.className = label.className;
    button.title = label.title;
    button.append(...label.childNodes);
    button.setAttribute("aria-label", label.title);
    button.setAttribute("aria-controls", "mdbook-sidebar");
    button.addEventListener("click", () => label.click());
    const tell = () => button.setAttribute("aria-expanded", label.getAttribute("aria-expanded"));
    new MutationObserver(tell).observe(label, { attributeFilter: ["aria-expanded"] });
    tell();
    label.hidden = true;
    label.before(button);
})();

(function headerAndSearch() {
    byId("mdbook-menu-bar").setAttribute("role", "banner");
    byId("mdbook-search-wrapper").setAttribute("role", "search");
    const searchbar = byId("mdbook-searchbar");
    searchbar.setAttribute("aria-label", "Search this book");
    searchbar.setAttribute("aria-describedby", "mdbook-searchresults-header");
    byId("mdbook-searchresults-header").setAttribute("role", "status");
    // mdBook listens to keys; what is pasted, or written by an input method, is a query as well.
    searchbar.addEventListener("input", () => searchbar.dispatchEvent(new KeyboardEvent("keyup")));
})();

// Two of mdBook's themes are looked after here (head.hbs sees to readers who chose another one elsewhere).
for (const theme of ["rust", "coal", "ayu"]) byId(`mdbook-theme-${theme}`).parentElement.remove();

// `[src/wheel.rs](../../src/wheel.rs) · items`, alone above a block, is the block's heading.
(function sources() {
    for (const paragraph of all("main p:has(+ pre)")) {
        const [link, next] = paragraph.childNodes;
        const isSource = link.nodeName === "A" && (!next || next.textContent.startsWith(" ·"));
        paragraph.classList.toggle("source", isSource);
    }
})();

// What scrolls sideways can be reached by the keyboard, says what it is, and keeps the arrow keys for itself, which
// elsewhere turn the page.
(function scrolling() {
    const nameOf = (element) => {
        if (element.matches(".table-wrapper")) return "Table";
        const heading = element.parentElement.previousElementSibling;
        const kind = element.matches(".language-text") ? "Output" : "Code";
        return heading?.matches(".source") ? `${kind}: ${heading.textContent}` : kind;
    };
    const update = (element) => {
        const scrolls = element.scrollWidth > element.clientWidth;
        if (scrolls === element.hasAttribute("tabindex")) return;
        if (!scrolls) return ["tabindex", "role", "aria-label"].forEach((name) => element.removeAttribute(name));
        element.tabIndex = 0;
        element.setAttribute("role", "group");
        element.setAttribute("aria-label", nameOf(element));
    };
    const observer = new ResizeObserver((entries) => entries.forEach((entry) => update(entry.target)));
    for (const element of all("main pre > code, main .table-wrapper")) {
        observer.observe(element);
        element.addEventListener("keydown", (event) => {
            if (event.key === "ArrowLeft" || event.key === "ArrowRight") event.stopPropagation();
        });
    }
})();

// A figure grows to the window when it is clicked: mdBook puts a checkbox before it.
for (const box of all("main .checkbox-img")) {
    box.setAttribute("aria-label", "Enlarge the figure");
    const enlarged = box.parentElement.querySelector(".img-wrapper img");
    if (enlarged) enlarged.alt = "";
}

// "Previous" and "next" say where they lead, by the titles in the sidebar.
(function readOn() {
    for (const link of all(".mobile-nav-chapters")) {
        const entry = all("#mdbook-sidebar a").find((entry) => entry.href === link.href);
        if (!entry) continue;
        const title = entry.textContent.trim();
        const isNext = link.classList.contains("next");
        link.textContent = isNext ? `${title} →` : `← ${title}`;
        link.setAttribute("aria-label", `${isNext ? "Next" : "Previous"} chapter: ${title}`);
    }
})();

// Chinese says that it is Chinese: a screen reader speaks it so, and a font has its own forms of the characters.
(function chinese() {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts.filter((text) => /\p{Script=Han}/u.test(text.data))) {
        const pieces = text.data.split(/(\p{Script=Han}[\p{Script=Han}\u3000-\u303f\uff00-\uffef]*)/u);
        text.replaceWith(...pieces.map((piece, n) => {
            if (n % 2 === 0) return piece;
            const span = document.createElement("span");
            span.lang = "zh-Hans";
            span.textContent = piece;
            return span;
        }));
    }
})();

// mdBook's search knows words by the spaces between them, and Chinese writes none. For a query with a Chinese
// character in it the index answers with every section whose text holds each part of the query.
(function chineseSearch() {
    if (!window.elasticlunr) return;

    // What mdBook shows of a section: the text around the find, which stands between spaces so that it is marked.
    function excerpt(text, part) {
        const at = text.indexOf(part);
        if (at < 0) return text;
        const end = at + part.length;
        return `${text.slice(Math.max(0, at - 40), at)} ${part} ${text.slice(end, end + 80)}`;
    }

    function substringSearch(index, query) {
        const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
        const found = [];
        for (const [ref, section] of Object.entries(index.documentStore.docs)) {
            const title = section.title.toLowerCase();
            const text = `${title} ${section.body.toLowerCase()}`;
            if (!parts.every((part) => text.includes(part))) continue;
            const inTitle = parts.some((part) => title.includes(part));
            found.push({ ref, score: inTitle ? 2 : 1, doc: { ...section, body: excerpt(section.body, parts[0]) } });
        }
        return found.sort((a, b) => b.score - a.score);
    }

    const load = elasticlunr.Index.load;
    elasticlunr.Index.load = (data) => {
        const index = load.call(elasticlunr.Index, data);
        const search = index.search;
        index.search = (query, options) =>
            /\p{Script=Han}/u.test(query) ? substringSearch(index, query) : search.call(index, query, options);
        return index;
    };
})();

// mdBook names every result's teaser with an attribute that a <span> may not have.
new MutationObserver(() => all("#mdbook-searchresults .teaser[aria-label]").forEach((teaser) => {
    teaser.removeAttribute("aria-label");
})).observe(byId("mdbook-searchresults"), { childList: true });
