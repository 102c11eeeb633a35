export const languages = ['curl', 'env', 'python', 'javascript', 'go', 'rust', 'php'] as const;
export type Language = (typeof languages)[number];

export const languageNames: Record<Exclude<Language, 'env'>, string> = {
  curl: 'curl',
  python: 'Python',
  javascript: 'JavaScript',
  go: 'Go',
  rust: 'Rust',
  php: 'PHP',
};

interface Call {
  method: string;
  url: string;
}

/** How a program sends the token, which it finds in its environment: a secret has no place in code. */
export function snippet(language: Exclude<Language, 'env'>, { method, url }: Call): string {
  switch (language) {
    case 'curl':
      return [
        'curl -i \\',
        ...(method === 'GET' ? [] : [`  -X ${method} \\`]),
        '  -H "Authorization: Bearer $KEYWARD_TOKEN" \\',
        `  ${url}`,
      ].join('\n');
    case 'python':
      return `import os
import requests

response = requests.request(
    "${method}",
    "${url}",
    headers={"Authorization": f"Bearer {os.environ['KEYWARD_TOKEN']}"},
    timeout=10,
)
response.raise_for_status()
print(response.json())`;
    case 'javascript':
      return `const response = await fetch('${url}', {
  method: '${method}',
  headers: { Authorization: \`Bearer \${process.env.KEYWARD_TOKEN}\` },
});
if (!response.ok) throw new Error((await response.json()).detail);
console.log(await response.json());`;
    case 'go':
      return `request, err := http.NewRequest("${method}", "${url}", nil)
if err != nil {
	log.Fatal(err)
}
request.Header.Set("Authorization", "Bearer "+os.Getenv("KEYWARD_TOKEN"))
response, err := http.DefaultClient.Do(request)
if err != nil {
	log.Fatal(err)
}
defer response.Body.Close()
fmt.Println(response.Status)`;
    case 'rust':
      return `let token = std::env::var("KEYWARD_TOKEN")?;
let response = reqwest::Client::new()
    .request(reqwest::Method::${method}, "${url}")
    .bearer_auth(token)
    .send()
    .await?
    .error_for_status()?;
println!("{}", response.text().await?);`;
    case 'php':
      return `$request = curl_init('${url}');
curl_setopt_array($request, [
    CURLOPT_CUSTOMREQUEST => '${method}',
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('KEYWARD_TOKEN')],
    CURLOPT_RETURNTRANSFER => true,
]);
echo curl_exec($request);`;
  }
}

/** The line of a file of settings that holds the token. */
export function environmentLine(token: string): string {
  return `KEYWARD_TOKEN=${token}`;
}

/** All but beginning and end of a token. */
export function masked(token: string): string {
  const beginning = token.indexOf('_') + 1;
  return `${token.slice(0, beginning)}${'•'.repeat(Math.max(0, token.length - beginning - 4))}${token.slice(-4)}`;
}
