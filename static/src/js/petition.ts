import { copies, likenesses } from "./petition-form.ts";

// The count of an open petition, refreshed while somebody looks at it. The page
// is whole without it. The words come with the count.

const every = 10_000;

interface Count {
  count: number;
  threshold: number;
  words: string;
  lack: string;
}

function refresh(card: HTMLElement, url: string): void {
  const big = card.querySelector<SVGTextElement>(".ring .big");
  const arc = card.querySelector<SVGCircleElement>(".ring .pr");
  const lack = card.querySelector<HTMLElement>("[data-count-lack]");

  const look = async (): Promise<void> => {
    if (document.hidden) return;
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return; // a crowd: the next look will tell
    const got = (await answer.json()) as Count;
    if (big) big.textContent = got.words;
    if (lack) lack.textContent = got.lack;
    arc?.setAttribute("stroke-dasharray", `${Math.min(100, Math.floor((100 * got.count) / got.threshold))} 100`);
  };
  setInterval(() => void look().catch(() => undefined), every);
}

document.querySelectorAll<HTMLElement>("[data-count]").forEach((card) => {
  if (card.dataset.count) refresh(card, card.dataset.count);
});

likenesses(document);
copies(document);
