# What belongs to one function or topic alone, so that a test can tell them apart.

override_resource {
  target = google_service_account.function["upload"]
  values = {
    id     = "projects/demo-project/serviceAccounts/upload@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/upload@demo-project.iam.gserviceaccount.com"
    email  = "upload@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:upload@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["status"]
  values = {
    id     = "projects/demo-project/serviceAccounts/status@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/status@demo-project.iam.gserviceaccount.com"
    email  = "status@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:status@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["control"]
  values = {
    id     = "projects/demo-project/serviceAccounts/control@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/control@demo-project.iam.gserviceaccount.com"
    email  = "control@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:control@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["classify"]
  values = {
    id     = "projects/demo-project/serviceAccounts/classify@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/classify@demo-project.iam.gserviceaccount.com"
    email  = "classify@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:classify@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["dead-letter"]
  values = {
    id     = "projects/demo-project/serviceAccounts/dead-letter@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/dead-letter@demo-project.iam.gserviceaccount.com"
    email  = "dead-letter@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:dead-letter@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["notify"]
  values = {
    id     = "projects/demo-project/serviceAccounts/notify@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/notify@demo-project.iam.gserviceaccount.com"
    email  = "notify@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:notify@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["sweep"]
  values = {
    id     = "projects/demo-project/serviceAccounts/sweep@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/sweep@demo-project.iam.gserviceaccount.com"
    email  = "sweep@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:sweep@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.due["work"]
  values = {
    id     = "projects/demo-project/serviceAccounts/due-work@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/due-work@demo-project.iam.gserviceaccount.com"
    email  = "due-work@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:due-work@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.due["results"]
  values = {
    id     = "projects/demo-project/serviceAccounts/due-results@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/due-results@demo-project.iam.gserviceaccount.com"
    email  = "due-results@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:due-results@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.build
  values = {
    id     = "projects/demo-project/serviceAccounts/build@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/build@demo-project.iam.gserviceaccount.com"
    email  = "build@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:build@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.invoker
  values = {
    id     = "projects/demo-project/serviceAccounts/invoker@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/invoker@demo-project.iam.gserviceaccount.com"
    email  = "invoker@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com"
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
    id     = "projects/demo-project/serviceAccounts/thumbnail@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/thumbnail@demo-project.iam.gserviceaccount.com"
    email  = "thumbnail@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:thumbnail@demo-project.iam.gserviceaccount.com"
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
    id     = "projects/demo-project/serviceAccounts/batch@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/batch@demo-project.iam.gserviceaccount.com"
    email  = "batch@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:batch@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["fetch"]
  values = {
    id     = "projects/demo-project/serviceAccounts/fetch@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/fetch@demo-project.iam.gserviceaccount.com"
    email  = "fetch@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:fetch@demo-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["progress"]
  values = {
    id     = "projects/demo-project/serviceAccounts/progress@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/progress@demo-project.iam.gserviceaccount.com"
    email  = "progress@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:progress@demo-project.iam.gserviceaccount.com"
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
