-- projects --------------------------------------------------------------------------------------------------------

-- Projects whose name, `repository:tag`, begins with something.
create index project_name on project (org_id, (repository || ':' || tag) text_pattern_ops);
-- Projects of one registry, in the order in which they are listed.
create index project_integration on project (integration_id, repository, tag, id);
