# What belongs to one function or topic alone, so that a test can tell them apart.

override_resource {
  target = google_service_account.function["upload"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-upload@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-upload@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-upload@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-upload@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["status"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-status@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-status@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-status@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-status@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["control"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-control@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-control@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-control@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-control@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["classify"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-classify@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-classify@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-classify@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-classify@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["dead-letter"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-dead-letter@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-dead-letter@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-dead-letter@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-dead-letter@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["notify"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-notify@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-notify@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-notify@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-notify@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["sweep"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-sweep@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-sweep@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-sweep@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-sweep@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.due["work"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-due-work@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-due-work@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-due-work@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-due-work@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.due["results"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-due-results@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-due-results@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-due-results@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-due-results@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.build
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-build@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-build@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-build@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-build@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.invoker
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-invoker@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-invoker@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-invoker@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = module.function["upload"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-upload"
    service_config = { uri = "https://upload.run.app" }
  }
}

override_resource {
  target = module.status.google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-status"
    service_config = { uri = "https://status.run.app" }
  }
}

override_resource {
  target = module.function["control"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-control"
    service_config = { uri = "https://control.run.app" }
  }
}

override_resource {
  target = module.function["classify"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-classify"
    service_config = { uri = "https://classify.run.app" }
  }
}

override_resource {
  target = module.function["dead-letter"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-dead-letter"
    service_config = { uri = "https://dead-letter.run.app" }
  }
}

override_resource {
  target = module.function["notify"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-notify"
    service_config = { uri = "https://notify.run.app" }
  }
}

override_resource {
  target = module.function["sweep"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-sweep"
    service_config = { uri = "https://sweep.run.app" }
  }
}

override_resource {
  target = google_pubsub_topic.this["work"]
  values = { id = "projects/demo-project/topics/whatsit-work" }
}

override_resource {
  target = google_pubsub_topic.this["dead-letters"]
  values = { id = "projects/demo-project/topics/whatsit-dead-letters" }
}

override_resource {
  target = google_service_account.function["thumbnail"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-thumbnail@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-thumbnail@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-thumbnail@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-thumbnail@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = module.function["thumbnail"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-thumbnail"
    service_config = { uri = "https://thumbnail.run.app" }
  }
}

override_resource {
  target = google_pubsub_topic.this["results"]
  values = { id = "projects/demo-project/topics/whatsit-results" }
}

override_resource {
  target = google_service_account.function["batch"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-batch@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-batch@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-batch@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-batch@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["fetch"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-fetch@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-fetch@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-fetch@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-fetch@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["progress"]
  values = {
    id     = "projects/demo-project/serviceAccounts/whatsit-progress@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-progress@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-progress@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-progress@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = module.function["batch"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-batch"
    service_config = { uri = "https://batch.run.app" }
  }
}

override_resource {
  target = module.function["fetch"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-fetch"
    service_config = { uri = "https://fetch.run.app" }
  }
}

override_resource {
  target = module.function["progress"].google_cloudfunctions2_function.this
  values = {
    id             = "projects/demo-project/locations/europe-west1/functions/whatsit-progress"
    service_config = { uri = "https://progress.run.app" }
  }
}

override_resource {
  target = google_pubsub_topic.this["fetches"]
  values = { id = "projects/demo-project/topics/whatsit-fetches" }
}
