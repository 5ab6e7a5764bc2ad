import base from './playwright.config';

// `make pictures`: the pictures of docs/guide, taken anew from a fresh demo city. Not among the journeys: it
// writes into the tree, and what it sees differs with the day.
export default {
  ...base,
  testDir: './pictures',
  workers: 1,
  retries: 0,
  timeout: 300_000,
  use: {
    ...base.use,
    trace: 'off' as const,
    // What the browser draws itself, dates and the choice of files, speaks the language of its process.
    launchOptions: { ...base.use!.launchOptions, args: [...base.use!.launchOptions!.args!, '--lang=uk'], env: { ...process.env, LANGUAGE: 'uk', LC_ALL: 'uk_UA.UTF-8' } },
  },
};
