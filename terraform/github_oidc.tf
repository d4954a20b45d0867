module "github" {
  source = "./modules/github-oidc"
  count  = var.github == null ? 0 : 1

  project_id    = var.project_id
  name          = var.name
  repository    = var.github.repository
  repository_id = var.github.repository_id
  owner_id      = var.github.owner_id
  environment   = var.github.environment
  state_bucket  = var.github.state_bucket
  acts_as = merge(
    { for name, account in google_service_account.function : name => account.name },
    { build = google_service_account.build.name, invoker = google_service_account.invoker.name },
  )

  depends_on = [google_project_service.this]
}
