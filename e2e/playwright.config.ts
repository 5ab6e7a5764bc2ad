import { defineConfig } from '@playwright/test';

// The journeys of people through the built program: a fresh demo city, a real
// browser, letters read from the outbox. PORTAL_BIN and CHROMIUM_PATH come from
// scripts/test.sh.
export default defineConfig({
  testDir: './journeys',
  globalSetup: './portal.ts',
  timeout: 90_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: false,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  outputDir: './test-results',
  use: {
    locale: 'uk-UA',
    timezoneId: 'Europe/Kyiv',
    viewport: { width: 1280, height: 900 },
    trace: 'on-first-retry',
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
      ],
    },
  },
});
