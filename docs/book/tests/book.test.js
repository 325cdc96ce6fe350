// Every page of the book that `cargo book` has built: at two widths, in two themes.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { each, inspect, launch, pagesOf, reader, root, themes, widths } from "./inspect.js";

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
