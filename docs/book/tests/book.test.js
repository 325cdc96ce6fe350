// Every page of the book that `cargo book` has built: at two widths, in two themes.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { each, inspect, launch, pagesOf, reader, root, settle, themes, widths } from "./inspect.js";

const book = join(root, "target/book");

test("every page is sound at every width in every theme", async (t) => {
    assert.ok(existsSync(join(book, "index.html")), "there is no book yet: run `cargo book`");
    const browser = await launch();
    t.after(() => browser.close());

    const pages = pagesOf(book);
    const faults = [];
    let inspected = 0;
    const looks = themes.flatMap((theme) => widths.map((width) => ({ theme, width })));
    for (const look of looks) {
        const context = await reader(browser, look);
        await each(pages, 4, async (path) => {
            for (const fault of await inspect(context, path)) {
                faults.push(`${relative(book, path)} (${look.theme}, ${look.width} px): ${fault}`);
            }
            inspected += 1;
        });
        await context.close();
    }
    t.diagnostic(`${pages.length} pages, ${inspected} inspections, ${faults.length} faults`);
    assert.equal(inspected, pages.length * looks.length);
    assert.deepEqual(faults, []);
});

test("a road is at most 24 screens long, its folds closed", async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const context = await reader(browser, { theme: "light", width: 1280 });
    const page = await context.newPage();
    const long = [];
    // Every page of a chapter but its workshops.
    const isRoad = (path) => /(?:^|\/)\d\d-[^/]+\/(?!the-code-of-)[^/]+\.html$/.test(relative(book, path));
    const roads = pagesOf(book).filter(isRoad);
    for (const path of roads) {
        await page.goto(pathToFileURL(path).href);
        await settle(page);
        const height = await page.evaluate(() => document.querySelector("main").scrollHeight);
        const screens = height / 800;
        t.diagnostic(`${relative(book, path)}: ${screens.toFixed(1)} screens`);
        if (screens > 24) long.push(relative(book, path));
    }
    assert.ok(roads.length > 0, "there is no road in the book");
    assert.deepEqual(long, []);
});
