// Code samples that send the same request as the playground.

interface Request {
  readonly origin: string;
  /** Headers besides those of every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export const LANGUAGES = ["curl", "Node", "Python"] as const;
export type Language = (typeof LANGUAGES)[number];

export function snippet(language: Language, { origin, headers, body }: Request): string {
  const added = Object.entries(headers);
  const json = JSON.stringify(body, null, 2);
  switch (language) {
    case "curl":
      return `curl ${origin}/v1/generations \\
  -H "Authorization: Bearer $REELHOOK_KEY" \\
  -H "Content-Type: application/json" \\
${added.map(([name, value]) => `  -H "${name}: ${value}" \\\n`).join("")}  -d '${json.replaceAll("'", "'\\''")}'`;
    case "Node":
      return `const response = await fetch("${origin}/v1/generations", {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.REELHOOK_KEY}\`,
    "Content-Type": "application/json",
${added.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`).join("")}  },
  body: JSON.stringify(${json.replaceAll("\n", "\n  ")}),
});
console.log(await response.json());`;
    case "Python":
      return `import os
import requests

response = requests.post(
    "${origin}/v1/generations",
    headers={"Authorization": f"Bearer {os.environ['REELHOOK_KEY']}"${added.map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join("")}},
    json=${pythonOf(body).replaceAll("\n", "\n    ")},
)
print(response.json())`;
  }
}

function pythonOf(value: unknown, indent = ""): string {
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    return value.length === 0
      ? "[]"
      : `[\n${value.map((each) => `${inner}${pythonOf(each, inner)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(
      ([name, each]) => `${inner}${JSON.stringify(name)}: ${pythonOf(each, inner)},\n`,
    );
    return pairs.length === 0 ? "{}" : `{\n${pairs.join("")}${indent}}`;
  }
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  return JSON.stringify(value);
}
