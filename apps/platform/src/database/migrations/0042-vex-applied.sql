-- advisories: versions of the package that a statement is about, as `vers` writes them; null: those that its purl says
alter table vex_statement add column version_range text;

-- triage: statements that are about a finding. Of those that hold in an image the newest counts (docs/triage.md).
create table finding_vex (
  finding_id bigint not null references finding on delete cascade,
  statement bigint not null references vex_statement on delete cascade,
  -- Null: of a feed, for every organization.
  org_id uuid,
  -- not_affected, affected, fixed, under_investigation
  status text not null,
  -- It keeps the finding from being counted.
  is_suppressing boolean not null,
  stated_at timestamptz not null,
  -- The images where it holds: of this digest; in this repository; in one whose path ends so; with this tag. Null: any.
  digest text,
  repository text,
  image_name text,
  tag text,
  primary key (finding_id, statement)
);
create index finding_vex_statement on finding_vex (statement);
create index finding_vex_suppressing on finding_vex (finding_id) where is_suppressing;
