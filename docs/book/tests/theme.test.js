// What the theme adds to mdBook, on the pages of the fixture; and that each check of inspect.js finds what it is for.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect, launch, reader, root, settle, themes, violations, widths } from "./inspect.js";

const home = join(root, "target/book-fixture");
const pages = join(home, "target/book");
const sample = join(pages, "01-sample/README.html");
const glossary = join(pages, "glossary.html");
let browser;

/** Builds the fixture as a repository of its own with the book.toml and the theme of the real one. */
function build() {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    copyFileSync(join(root, "book.toml"), join(home, "book.toml"));
    symlinkSync(join(root, "docs"), join(home, "docs"));
    symlinkSync(join(import.meta.dirname, "fixture"), join(home, "chapters"));
    execFileSync(join(root, "target/book-tool/debug/cargo-book"), ["--build"], { cwd: home });
}

async function open(t, path, look = {}) {
    const context = await reader(browser, { theme: "light", width: 1280, ...look });
    t.after(() => context.close());
    const page = await context.newPage();
    // The page for print opens the browser's dialogue by itself, and nothing else can print it meanwhile.
    await page.addInitScript(() => {
        window.print = () => {};
    });
    await page.goto(pathToFileURL(path).href);
    await settle(page);
    return page;
}

const focused = (page, read) => page.evaluate(`(${read})(document.activeElement)`);

before(async () => {
    build();
    browser = await launch();
});
after(() => browser?.close());

describe("the checks", () => {
    const spoiled = async (t, spoil, look = {}) => {
        const context = await reader(browser, { theme: "light", width: 390, ...look });
        t.after(() => context.close());
        return inspect(context, glossary, { spoil });
    };
    const finds = (faults, pattern) => assert.ok(faults.some((fault) => pattern.test(fault)), `${pattern}: ${faults}`);

    test("find nothing on a sound page", async (t) => {
        for (const theme of themes) {
            for (const width of widths) assert.deepEqual(await spoiled(t, undefined, { theme, width }), []);
        }
    });
    test("find text without contrast", async (t) => {
        finds(await spoiled(t, () => { document.querySelector("main p").style.color = "#c0c0c0"; }), /axe color-contrast/);
    });
    test("find a figure without a description", async (t) => {
        finds(await spoiled(t, () => document.querySelector("main").append(new Image(9, 9))), /axe image-alt/);
    });
    test("find a figure that is not there", async (t) => {
        const faults = await spoiled(t, () => new Promise((done) => {
            const image = Object.assign(new Image(), { src: "missing.svg", alt: "a figure", onerror: done });
            document.querySelector("main p").append(image);
        }));
        finds(faults, /does not load: .*missing\.svg/);
        finds(faults, /figure does not show/);
    });
    test("find an error on the console, and one in a script", async (t) => {
        finds(await spoiled(t, () => console.error("it broke")), /console error: it broke/);
        finds(await spoiled(t, () => setTimeout(() => { throw new Error("it fell"); })), /script fails: it fell/);
    });
    test("find a request that leaves the book", async (t) => {
        finds(await spoiled(t, () => fetch("http://127.0.0.1:9/font.woff2").catch(() => {})), /outside request: .*font/);
    });
    test("find a page that scrolls sideways", async (t) => {
        const widen = () => { document.querySelector("main p").style.width = "900px"; };
        finds(await spoiled(t, widen), /scrolls sideways/);
    });
    test("find an alert that mdBook does not know", async (t) => {
        const add = () => document.querySelector("main p").insertAdjacentHTML("afterend", "<blockquote>[!NOTICE]</blockquote>");
        finds(await spoiled(t, add), /unknown alert/);
    });
    test("find code that a desktop page cannot show, and no other", async (t) => {
        for (const theme of themes) {
            for (const width of widths) {
                const context = await reader(browser, { theme, width });
                t.after(() => context.close());
                const faults = await inspect(context, sample);
                assert.equal(faults.length, width === 1280 ? 1 : 0, `${faults}`);
                assert.match(faults[0] ?? "code of 127 columns", /^code of 127 columns/);
            }
        }
    });
});

describe("by keyboard", () => {
    test("the first press of Tab offers to skip to the text", async (t) => {
        const page = await open(t, sample);
        await page.keyboard.press("Tab");
        assert.equal(await focused(page, (element) => element.textContent), "Skip to the text");
        assert.ok(await page.locator(".skip-link").isVisible());
        await page.keyboard.press("Enter");
        assert.equal(await focused(page, (element) => element.localName), "main");
    });
    test("Tab goes through the sidebar, the header and the text, in this order", async (t) => {
        const page = await open(t, sample);
        const places = [];
        for (let step = 0; step < 60; step++) {
            await page.keyboard.press("Tab");
            const place = await focused(page, (element) =>
                element.closest(".skip-link, #mdbook-sidebar, #mdbook-menu-bar, main, .nav-wrapper")?.id || element.localName);
            if (place !== places.at(-1)) places.push(place);
        }
        assert.deepEqual(places.slice(0, 4), ["a", "mdbook-sidebar", "mdbook-menu-bar", "content"]);
    });
    test("the sidebar's button works", async (t) => {
        const page = await open(t, sample);
        const toggle = page.getByRole("button", { name: "Toggle Table of Contents" });
        for (const [key, expanded] of [["Enter", "false"], [" ", "true"]]) {
            await toggle.press(key);
            assert.equal(await toggle.getAttribute("aria-expanded"), expanded);
        }
    });
    test("only what scrolls takes the focus, and there the arrow keys do not turn the page", async (t) => {
        const page = await open(t, sample);
        const scrollers = page.locator("main [role=group]");
        const names = await scrollers.evaluateAll((elements) => elements.map((element) => element.ariaLabel));
        assert.deepEqual(names, ["Code", "Table"]);
        const code = scrollers.first();
        await code.press("ArrowRight");
        await page.waitForFunction((element) => element.scrollLeft > 0, await code.elementHandle());
        assert.match(page.url(), /01-sample/);
    });
    test("a block is named by the line above it", async (t) => {
        const page = await open(t, sample, { width: 390 });
        const name = "Code: main.rs · Wheel::insert, Wheel::cancel";
        assert.equal(await page.getByRole("group", { name, exact: true }).count(), 1);
    });
    test("a copy button copies the code without the lines that are left out", async (t) => {
        const page = await open(t, sample, { permissions: ["clipboard-read", "clipboard-write"] });
        const button = page.locator("pre", { hasText: "let deadline = 64" }).getByRole("button", { name: "Copy to clipboard" });
        await button.press("Enter");
        await page.getByText("Copied!").waitFor();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        assert.equal(copied.trim(), "let deadline = 64;\nassert_eq!(deadline >> 6, 1);");
    });
});

describe("colours", () => {
    const paper = async (page) => {
        const png = (await page.locator("main img").first().screenshot()).toString("base64");
        return page.evaluate(async (source) => {
            const image = Object.assign(new Image(), { src: source });
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
            canvas.drawImage(image, 0, 0);
            return canvas.getImageData(image.width / 2, image.height - 9, 1, 1).data.slice(0, 3).join();
        }, `data:image/png;base64,${png}`);
    };
    const white = "255,255,255";
    const dark = "0,0,64";

    test("a figure follows the theme of the page, whatever the desktop prefers", async (t) => {
        for (const colorScheme of ["light", "dark"]) {
            assert.equal(await paper(await open(t, sample, { theme: "light", colorScheme })), white);
            assert.equal(await paper(await open(t, sample, { theme: "navy", colorScheme })), dark);
        }
    });
    test("without a choice the page follows the desktop", async (t) => {
        for (const [colorScheme, name] of [["light", "light"], ["dark", "navy"]]) {
            const page = await open(t, sample, { theme: undefined, colorScheme });
            assert.ok(await page.locator(`html.${name}`).count());
        }
    });
    test("the menu offers what the book looks after", async (t) => {
        const page = await open(t, sample);
        await page.getByRole("button", { name: "Change theme" }).click();
        const names = await page.getByRole("menuitem").allTextContents();
        assert.deepEqual(names, ["Auto", "Light", "Navy"]);
        assert.deepEqual(await violations(page), []);
        await page.getByRole("menuitem", { name: "Navy" }).click();
        assert.equal(await paper(page), dark);
    });
    test("a theme chosen in another book becomes the nearest of the two", async (t) => {
        for (const [stored, name] of [["coal", "navy"], ["ayu", "navy"], ["rust", "light"]]) {
            const page = await open(t, sample, { theme: stored });
            assert.equal(await page.locator(`html.${name}:not(.${stored})`).count(), 1);
        }
    });
    test("paper is light", async (t) => {
        const page = await open(t, join(pages, "print.html"), { theme: "navy" });
        await page.emulateMedia({ media: "print", colorScheme: "light" });
        const text = await page.evaluate(() => getComputedStyle(document.querySelector("main p")).color);
        assert.equal(text, "rgb(35, 39, 47)");
        assert.equal(await paper(page), white);
        assert.ok((await page.pdf()).length > 0);
    });
});

test("Chinese says that it is Chinese, and nothing else does", async (t) => {
    const page = await open(t, glossary);
    const words = await page.locator("main [lang=zh-Hans]").allTextContents();
    assert.deepEqual(words, ["中文", "协程", "事件循环", "一个执行器在一个线程里运行许多协程，它们轮流前进，谁也不会阻塞别人。"]);
    const table = await page.locator("main td").allTextContents();
    assert.deepEqual(table.slice(0, 3), ["coroutine", "协程", "a function that can pause and go on later"]);
});

describe("search", () => {
    const search = async (page, words) => {
        await page.keyboard.press("/");
        await page.locator("#mdbook-searchbar").fill("");
        await page.locator("#mdbook-searchbar").pressSequentially(words);
        await page.locator("#mdbook-searchresults li").first().waitFor();
        return page.locator("#mdbook-searchresults li").allInnerTexts();
    };

    test("finds a Chinese word inside a sentence, and shows it there", async (t) => {
        for (const theme of themes) {
            const page = await open(t, sample, { theme });
            const results = await search(page, "协程");
            assert.equal(results.length, 2);
            assert.ok(results.some((text) => text.includes("Whole sentences") && text.includes("许多 协程")), `${results}`);
            assert.equal(await page.locator("#mdbook-searchresults em", { hasText: /^协程$/ }).count(), 2);
            assert.deepEqual(await violations(page), []);
            await page.locator("#mdbook-searchresults a", { hasText: "Whole sentences" }).click();
            await page.locator("mark", { hasText: "协程" }).first().waitFor();
            assert.match(page.url(), /glossary\.html/);
        }
    });
    test("finds English words as ever", async (t) => {
        const results = await search(await open(t, glossary), "deadlines");
        assert.ok(results[0].startsWith("A sample of everything"), `${results}`);
    });
    test("says so when it finds nothing", async (t) => {
        const page = await open(t, glossary);
        await page.keyboard.press("/");
        await page.locator("#mdbook-searchbar").pressSequentially("没有");
        await page.getByRole("status").filter({ hasText: "No search results" }).waitFor();
    });
});

test("without JavaScript the text is there, and the contents beside it", async (t) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(pathToFileURL(sample).href);
    assert.ok(await page.getByRole("heading", { name: "A quote that fits" }).isVisible());
    assert.equal(await page.frameLocator("iframe").getByRole("link", { name: "Glossary" }).count(), 1);
});
