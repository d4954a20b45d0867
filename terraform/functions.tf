locals {
  # What each function has in the end: the table, the sizes that were asked for, and what follows from the rest.
  sizes = {
    for name, function in local.functions : name => {
      for key, own in merge(
        { min_instances = 0 },
        { for key in ["memory_mib", "cpu", "concurrency", "timeout", "max_instances", "image_copies"] : key => function[key] },
        name == "classify" && var.classifier.name == "onnx" ? local.classify_onnx : {},
        name == "classify" ? { timeout = var.times.function } : {},
      ) : key => coalesce(try(var.sizes[name][key], null), own)
    }
  }

  # A model of its own computes all the time, and wants the good compiler.
  compilers = {
    for name, function in local.functions : name =>
    name == "classify" && var.classifier.name == "onnx" ? "late" : function.compiler
  }

  environments = {
    for name, function in local.functions : name => merge(
      local.platform_environment,
      { JAVA_TOOL_OPTIONS = join(" ", [local.platform_environment.JAVA_TOOL_OPTIONS, local.java_flags[local.compilers[name]]]) },
      { for setting in function.sets : setting => lookup(local.values, setting, null) if setting != "PUBLIC_URL" },
      function.puts_off == null ? {} : { SCHEDULE_ACCOUNT = google_service_account.due[function.puts_off].email },
      { for setting in function.optional : setting => lookup(var.settings, setting, null) },
    )
  }

  # Delivered by Eventarc instead of by a subscription of our own.
  triggers = {
    for name, function in local.functions : name => {
      topic                 = google_pubsub_topic.this[function.listens].id
      service_account_email = google_service_account.invoker.email
    } if var.delivery == "eventarc" && function.event_entry_point != null
  }

  ingress = {
    http  = var.front_door == null ? "ALLOW_ALL" : "ALLOW_INTERNAL_AND_GCLB"
    event = "ALLOW_INTERNAL_ONLY"
    timer = "ALLOW_INTERNAL_ONLY"
  }

  everybody = var.allow_unauthenticated || try(var.front_door.public, false)
  http_invokers = merge(
    { for member in var.invoker_members : member => member },
    local.everybody ? { everybody = "allUsers" } : {},
    local.iap ? { iap = local.agents.iap } : {},
  )

  build = {
    runtime         = var.runtime
    service_account = google_service_account.build.name
    repository      = google_artifact_registry_repository.functions.id
    source_bucket   = google_storage_bucket.source.name
    environment     = local.build_environment
  }

  # Where clients find an image's resource: at status, or at the front door before it.
  public_url = var.front_door == null ? module.status.uri : "https://${var.front_door.domains[0]}"

  deployed = merge(module.function, { status = module.status })
}

# One for each function, so that what one may do no other can.
resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "Runs ${each.key} of ${var.name}"

  depends_on = [google_project_service.this]
}

# Who Pub/Sub, Eventarc and Cloud Scheduler call the functions as.
resource "google_service_account" "invoker" {
  project      = var.project_id
  account_id   = "${var.name}-invoker"
  display_name = "Calls the event functions of ${var.name}"

  depends_on = [google_project_service.this]
}

# Apart from the others, since they are told its address.
module "status" {
  source = "./modules/function"

  project_id      = var.project_id
  region          = var.region
  name            = "${var.name}-status"
  labels          = local.labels
  service_account = google_service_account.function["status"]
  build           = local.build
  entry_point     = local.functions.status.entry_point
  archive         = lookup(var.archives, "status", "${path.module}/../functions/status/target/whatsit-status.zip")
  size            = local.sizes.status
  largest_image   = local.largest_image
  ingress         = local.ingress[local.functions.status.access]
  environment     = local.environments.status
  secrets         = { for setting, secret in local.functions.status.secrets : setting => google_secret_manager_secret.this[secret].secret_id }
  invokers        = local.http_invokers

  # The indexes are there before the first query. They also take minutes, which the grants need to arrive.
  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_copies,
    google_artifact_registry_repository_iam_member.build,
    google_storage_bucket_iam_member.build,
    google_secret_manager_secret_iam_member.function,
    google_firestore_index.this,
    google_firestore_field.this,
  ]
}

module "function" {
  source   = "./modules/function"
  for_each = { for name, function in local.functions : name => function if name != "status" }

  project_id      = var.project_id
  region          = var.region
  name            = "${var.name}-${each.key}"
  labels          = local.labels
  service_account = google_service_account.function[each.key]
  build           = local.build
  entry_point     = contains(keys(local.triggers), each.key) ? each.value.event_entry_point : each.value.entry_point
  archive         = lookup(var.archives, each.key, "${path.module}/../functions/${each.key}/target/whatsit-${each.key}.zip")
  size            = local.sizes[each.key]
  largest_image   = local.largest_image
  ingress         = local.ingress[each.value.access]
  environment = merge(
    local.environments[each.key],
    contains(each.value.sets, "PUBLIC_URL") ? { PUBLIC_URL = local.public_url } : {},
  )
  secrets  = { for setting, secret in each.value.secrets : setting => google_secret_manager_secret.this[secret].secret_id }
  trigger  = lookup(local.triggers, each.key, null)
  invokers = each.value.access == "http" ? local.http_invokers : { invoker = google_service_account.invoker.member }

  # The indexes are there before the first query. They also take minutes, which the grants need to arrive.
  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_copies,
    google_artifact_registry_repository_iam_member.build,
    google_storage_bucket_iam_member.build,
    google_secret_manager_secret_iam_member.function,
    google_firestore_index.this,
    google_firestore_field.this,
  ]
}
