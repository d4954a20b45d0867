# No provider block: Terraform makes one without arguments when this is the root, and the caller's is used
# when it is a module, as in examples/. Every resource names its project itself. What the provider must still
# be told, it reads from the environment (README.md, "Credentials").

# Neither depends on the APIs below: one more of those would make the project's number unknown to the next plan, and
# replace every grant that has it in its member. docs/deploy.md has switched on what these two ask.
data "google_project" "this" {
  project_id = var.project_id
}

# Also brings the agent into being where there has never been a bucket.
data "google_storage_project_service_account" "this" {
  project = var.project_id
}
