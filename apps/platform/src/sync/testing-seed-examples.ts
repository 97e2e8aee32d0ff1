// The examples that users of the API have in their scripts, word for word but for host, ids and token.

export const dryRun = `curl -X POST "https://api.snyk.io/rest/orgs/{org_id}/container_import/{integration_id}/policy/dry_run?version=2025-09-17" \\
  -H "Authorization: token {api_token}" \\
  -H "Content-Type: application/vnd.api+json" \\
  -H "snyk-version: 2025-09-17" \\
  -d '{
    "data": {
      "type": "container_registry_import_policy",
      "attributes": {
        "policy": {
          "name": "Test Policy",
          "import_policy": {
            "name": "test",
            "type": "ImportAllNew"
          }
        }
      }
    }
  }'
`;

export const applyPolicy = `# Apply a policy to the integration
curl -X POST \\
  "https://api.snyk.io/rest/orgs/{org_id}/container_import/{integration_id}/policy?version=2025-08-21~experimental" \\
  -H "Authorization: token {snyk_api_token}" \\
  -H "Content-Type: application/vnd.api+json" \\
  -d '{
    "data": {
      "type": "container_registry_import_policy",
      "attributes": {
        "policy": {
          "name": "Import my-app repository",
          "schedule_frequency_hours": 48,
          "import_policy": {
            "name": "Regex policy for my-app",
            "type": "Regex",
            "policy": { "repo": "^mycompany/my-app$" }
          }
        }
      }
    }
  }'
`;

/** Every policy of the documentation, by its name. */
export const policies: Readonly<Record<string, string>> = {
  'Import all images from the registry': `{
  "name": "Import all images from the registry",
  "import_policy": {
    "type": "ImportAll"
  }
}
`,
  'Import only newly pushed images': `{
  "name": "Import only newly pushed images",
  "import_policy": {
    "type": "ImportAllNew"
  }
}
`,
  'Import by pattern': `{
  "name": "Import by pattern",
  "import_policy": {
    "name": "regex policy",
    "type": "Regex",
    "policy": {
      "tag": "^(latest|prod.*)$",
      "repo": "^mycompany/.*$"
    }
  }
}
`,
  'Import images pushed in the last 30 days': `{
  "name": "Import images pushed in the last 30 days",
  "import_policy": {
    "type": "Recent",
    "policy": {
      "maxAgeDays": 30
    }
  }
}
`,
  'Import latest versions': `{
  "name": "Import latest versions",
  "import_policy": {
    "name": "last n policy",
    "type": "LastNObserved",
    "policy": {
      "limitNewestImages": 5
    }
  }
}
`,
  'Complex: Import all prod tags OR only new images with the latest tag': `{
  "name": "Complex: Import all prod tags OR only new images with the latest tag",
  "import_policy": {
    "type": "Or",
    "sub_policies": [
      {
        "type": "Regex",
        "policy": { "tag": "^prod.*" }
      },
      {
        "type": "And",
        "sub_policies": [
          { "type": "Regex", "policy": { "tag": "^latest$" } },
          { "type": "ImportAllNew" }
        ]
      }
    ]
  }
}
`,
};
