/** One line for each scenario, with its seconds; then what went wrong in those that failed. */

import type { TestEvent } from "node:test/reporters";

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  let count = 0;
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if ((type !== "test:pass" && type !== "test:fail") || data.details.type === "suite") continue;
    const verdict = type === "test:fail" ? "FAIL" : data.skip === undefined ? "pass" : "skip";
    const seconds = (data.details.duration_ms / 1000).toFixed(1).padStart(6);
    yield `${verdict} ${seconds} s  ${data.name}\n`;
    count += 1;
    if (type === "test:fail") {
      const error = data.details.error.cause ?? data.details.error;
      failures.push(`\n${data.name}\n${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
  yield failures.length > 0 ? `${failures.join("")}\n${failures.length} of ${count} failed\n` : `${count} passed\n`;
}
