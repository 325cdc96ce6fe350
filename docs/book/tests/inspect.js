// Opens pages of a book in headless Chromium, from files or from a server, and says what is wrong with them.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

export const root = join(import.meta.dirname, "../../..");
export const themes = ["light", "navy"];
export const widths = [390, 1280];

/** Starts the Chromium of the system (or the one that CHROMIUM names), which asks nobody for anything. */
export function launch() {
    const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
    if (!executablePath) throw new Error("There is no Chromium: apt-get install chromium, or let CHROMIUM name one.");
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
    // Chromium's sandbox refuses to work for root, who in a container is the only user.
    const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
    return chromium.launch({ executablePath, args: [...quiet, ...sandbox] });
}

/** The pages below `folder`, as paths. */
export function pagesOf(folder) {
    const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
    return names.sort().map((name) => join(folder, name));
}

/**
 * A reader: a window of `width` pixels, who has chosen `theme`. The desktop prefers the opposite, so that a page which
 * listens to the desktop where it should listen to the reader is found out.
 */
export async function reader(browser, { theme, width, ...options }) {
    const colorScheme = theme === "light" ? "dark" : "light";
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, ...options });
    if (theme) await context.addInitScript((name) => localStorage.setItem("mdbook-theme", name), theme);
    return context;
}

/** Waits until fonts and figures are there and nothing moves. */
export async function settle(page) {
    await page.evaluate(async () => {
        await document.fonts.ready;
        await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
        for (const animation of document.getAnimations()) animation.finish();
    });
}

/** What axe-core finds on the page as it stands: one line a violation. */
export async function violations(page) {
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
    return page.evaluate(async () => {
        // Without its preload, which fetches the style sheets by a request that pages from files may not make.
        const options = { preload: false, resultTypes: ["violations"] };
        const { violations } = await window.axe.run(document, options);
        return violations.flatMap(({ id, help, nodes }) =>
            nodes.map(({ html, any }) => `axe ${id}: ${help}: ${html.slice(0, 120)} ${any[0]?.message ?? ""}`));
    });
}

/** What can be seen by measuring: the page scrolls sideways, code does not fit, a figure or an alert is broken. */
function measurements(page, width) {
    return page.evaluate((isDesktop) => {
        const found = [];
        const scrolls = (element) => element && element.scrollWidth > element.clientWidth;
        for (const element of [document.scrollingElement, document.querySelector("#mdbook-content")]) {
            if (scrolls(element)) found.push(`scrolls sideways: ${element.scrollWidth} in ${element.clientWidth} pixels`);
        }
        for (const code of isDesktop ? document.querySelectorAll("pre > code") : []) {
            const widest = Math.max(...code.innerText.split("\n").map((line) => line.length));
            if (scrolls(code)) found.push(`code of ${widest} columns has to be scrolled: ${code.innerText.slice(0, 60)}`);
        }
        for (const image of document.images) {
            if (image.complete && image.naturalWidth === 0) found.push(`figure does not show: ${image.src}`);
        }
        for (const quote of document.querySelectorAll("blockquote")) {
            if (/^\s*\[!/.test(quote.innerText)) found.push(`unknown alert: ${quote.innerText.slice(0, 60)}`);
        }
        return found;
    }, width >= 1280);
}

/**
 * Opens the page at `place`, a path or an http address, for the reader `context` and returns its faults, none for a sound
 * page. `spoil` runs on the page before it is inspected: the tests of these checks break a page by it.
 */
export async function inspect(context, place, { spoil } = {}) {
    const faults = [];
    const address = place.startsWith("http://") ? new URL(place) : pathToFileURL(place);
    const isOutside = ({ protocol, host }) =>
        !["data:", "blob:"].includes(protocol) && (protocol !== address.protocol || host !== address.host);
    const page = await context.newPage();
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`script fails: ${error.message}`));
    page.on("requestfailed", (request) => faults.push(`does not load: ${request.url()}`));
    page.on("request", (request) => {
        if (isOutside(new URL(request.url()))) faults.push(`outside request: ${request.url()}`);
    });
    try {
        await page.goto(address.href);
        if (spoil) await page.evaluate(spoil);
        await settle(page);
        faults.push(...await measurements(page, page.viewportSize().width), ...await violations(page));
    } finally {
        await page.close();
    }
    return faults;
}

/** Runs `work` on every item, `width` at a time. */
export async function each(items, width, work) {
    const queue = items.values();
    await Promise.all(Array.from({ length: width }, async () => {
        for (const item of queue) await work(item);
    }));
}
