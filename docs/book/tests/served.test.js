// The fixture as `cargo book --watch` serves it, in a real browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { inspect, launch, reader, root, themes, widths } from "./inspect.js";

const home = join(root, "target/book-served");
const glossary = join(home, "chapters/glossary.md");
let browser, server, first;

/** Lays a copy of the fixture out, so that its chapters can be changed. */
function layOut() {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(join(home, "src"), { recursive: true });
    cpSync(join(root, "book.toml"), join(home, "book.toml"));
    cpSync(join(import.meta.dirname, "fixture"), join(home, "chapters"), { recursive: true });
    symlinkSync(join(root, "docs"), join(home, "docs"));
    writeFileSync(join(home, "src/lib.rs"), "//! The library.\n");
    appendFileSync(glossary, "\n[src/lib.rs](../src/lib.rs)\n");
}

/** Starts the command and returns the address that it prints. */
async function serve() {
    const program = join(root, "target/book-tool/debug/cargo-book");
    server = spawn(program, ["--watch", "--port", "0"], { cwd: home, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface(server.stdout)) {
        const address = /http:\S+/.exec(line)?.[0];
        if (address) return address;
    }
    throw new Error("the server has ended");
}

async function open(t, page) {
    const context = await reader(browser, { theme: "light", width: 1280 });
    t.after(() => context.close());
    const tab = await context.newPage();
    await tab.goto(first + page);
    return tab;
}

before(async () => {
    layOut();
    first = await serve();
    browser = await launch();
});
after(async () => {
    await browser?.close();
    server?.kill("SIGINT");
});

test("every page is as sound as from a file", async () => {
    for (const theme of themes) {
        for (const width of widths) {
            const context = await reader(browser, { theme, width });
            for (const page of ["", "README.html", "glossary.html"]) {
                assert.deepEqual(await inspect(context, first + page), [], `${page} (${theme}, ${width} px)`);
            }
            await context.close();
        }
    }
});

test("a link to a source shows it", async (t) => {
    const tab = await open(t, "glossary.html");
    await tab.getByRole("link", { name: "src/lib.rs" }).click();
    await tab.waitForURL("**/src/lib.rs");
    assert.equal(await tab.locator("body").innerText(), "//! The library.\n");
});

test("the search finds a word", async (t) => {
    const tab = await open(t, "");
    await tab.keyboard.press("/");
    await tab.locator("#mdbook-searchbar").fill("coroutine");
    await tab.locator("#mdbook-searchresults a").first().waitFor();
});

test("an open page is reloaded when a chapter changes, and one that is hidden when it is seen", async (t) => {
    const tab = await open(t, "glossary.html");
    // No tab of a headless browser is ever hidden: this one says that it is.
    const hide = (hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    };
    const other = await open(t, "glossary.html");
    await other.evaluate(hide, true);
    await other.evaluate(() => { window.isOld = true; });

    appendFileSync(glossary, "\nA sentence that is new.\n");
    await tab.getByText("A sentence that is new.").waitFor();
    assert.ok(await other.evaluate(() => window.isOld), "it does not listen");
    await other.evaluate(hide, false);
    await other.getByText("A sentence that is new.").waitFor();
});
