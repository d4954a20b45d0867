locals {
  # The one list of indexes and of fields without any; a test compares it with the queries.
  indexes = jsondecode(file("${path.module}/../shared/domain/src/main/resources/dev/whatsit/domain/document/firestore.indexes.json"))

  records_condition = "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/${var.project_id}/databases/${var.name}-records\""
}

resource "google_firestore_database" "this" {
  project                           = var.project_id
  name                              = "${var.name}-records"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  # A destroy is either refused, by the line above, or leaves nothing; the default would forget the database and
  # go on paying for it.
  deletion_policy = "DELETE"

  dynamic "cmek_config" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent]
}

resource "google_firestore_index" "this" {
  for_each = {
    for index in local.indexes.indexes :
    join("/", concat([index.collectionGroup], [for field in index.fields : field.fieldPath])) => index
  }

  project     = var.project_id
  database    = google_firestore_database.this.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope
  api_scope   = "ANY_API"

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value.fieldPath
      order      = fields.value.order
    }
  }
}

# Every field is indexed both ways unless it is said otherwise, and each index is written, and paid for, with the
# document.
resource "google_firestore_field" "this" {
  for_each = { for field in local.indexes.fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" => field }

  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order       = indexes.value.order
        query_scope = indexes.value.queryScope
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.backup_days == 0 ? 0 : 1

  project   = var.project_id
  database  = google_firestore_database.this.name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}

# Firestore has no roles below the project; the condition is what makes them of one database.
resource "google_project_iam_member" "records" {
  for_each = { for name, function in local.functions : name => function.records }

  project = var.project_id
  role    = each.value
  member  = google_service_account.function[each.key].member

  condition {
    title       = "${var.name}-records only"
    description = "The database of ${var.name} and no other"
    expression  = local.records_condition
  }
}
