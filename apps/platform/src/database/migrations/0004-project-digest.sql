-- projects ----------------------------------------------------------------------------------------------------------

-- Other tags of the same image.
create index project_digest on project (org_id, digest);
