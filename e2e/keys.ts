import { expect, type Page } from '@playwright/test';

// A person without a mouse: Tab, Shift+Tab, Enter, Space and the arrows.
export class Keys {
  constructor(private readonly page: Page) {}

  // Goes on by Tab until the element has the focus, and sees that the focus can be seen on every stop.
  async to(selector: string, most = 90) {
    for (let i = 0; i < most; i++) {
      if (i > 0 || !(await this.on(selector))) await this.page.keyboard.press('Tab');
      const unseen = await this.page.evaluate(() => {
        const e = document.activeElement as HTMLElement | null;
        if (!e || e === document.body || e.tagName === 'IFRAME') return '';
        // The ring stands on the element, on its label (cards, file drops) or on the box around it.
        for (let n: HTMLElement | null = e, up = 0; n && up < 4; n = n.parentElement, up++) {
          const s = getComputedStyle(n);
          if ((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || (up === 0 && s.boxShadow !== 'none')) return '';
        }
        return e.outerHTML.slice(0, 120);
      });
      expect(unseen, 'the focus can be seen').toBe('');
      if (await this.on(selector)) return;
    }
    throw new Error(`Tab never reaches ${selector}`);
  }

  private on(selector: string) {
    return this.page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector);
  }

  async type(selector: string, text: string) {
    await this.to(selector);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type(text);
  }

  async press(selector: string, key: string) {
    await this.to(selector);
    await this.page.keyboard.press(key);
  }
}
