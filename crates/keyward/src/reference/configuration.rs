//! The reference of settings.

use crate::configuration::{SECRETS, SETTINGS};

/// Every setting, as Markdown.
pub fn configuration() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Written by `keyward reference write docs/reference`; do not edit. -->\n\n\
         A setting is looked for in this order, and the first found counts: the flag, the environment variable, the\n\
         file, the default. The file is `keyward.toml` in the working directory, or what `--config` or\n\
         `KEYWARD_CONFIG` name. A setting that is not listed here is refused, with the file's line.\n\n\
         | setting | variable | flag | default |\n| --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let code = |text: Option<&str>| text.map_or_else(String::new, |text| format!("`{text}`"));
        page.push_str(&format!(
            "| `{}` | `{}` | {} | {} |\n",
            setting.key,
            setting.variable,
            code(setting.flag),
            code(setting.default)
        ));
    }
    page.push_str("\n## What each does\n\n");
    for setting in SETTINGS {
        page.push_str(&format!("- `{}`: {}\n", setting.key, setting.help));
    }
    page.push_str("\n## Secrets\n\nThese come by the environment or from files, never by a flag.\n\n");
    for (variable, help) in SECRETS {
        page.push_str(&format!("- `{variable}`: {help}\n"));
    }
    page.push_str(
        "\n## Example\n\n```toml\ndata_dir = \"/var/lib/keyward\"\n\n[gateway]\nlisten = \"0.0.0.0:8080\"\n\n",
    );
    page.push_str("[control]\nlisten = \"127.0.0.1:8081\"\npublic_url = \"https://keyward.example\"\n```\n");
    page
}
