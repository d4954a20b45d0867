mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project_id      = "demo-project"
  region          = "europe-west1"
  name            = "whatsit-upload"
  entry_point     = "dev.whatsit.upload.UploadFunction"
  archive         = "tests/fixtures/first.zip"
  service_account = { email = "whatsit-upload@demo-project.iam.gserviceaccount.com", member = "serviceAccount:whatsit-upload@demo-project.iam.gserviceaccount.com" }
  size            = { memory_mib = 1024, cpu = 1, concurrency = 16, timeout = 120, max_instances = 20, image_copies = 3 }
  largest_image   = 20971520
  ingress         = "ALLOW_ALL"
  environment     = { IMAGE_BUCKET = "images", LEFT_OUT = null }
  build = {
    runtime         = "java25"
    service_account = "projects/demo-project/serviceAccounts/whatsit-build@demo-project.iam.gserviceaccount.com"
    repository      = "projects/demo-project/locations/europe-west1/repositories/functions"
    source_bucket   = "source"
    environment     = { USE_JAVA_FF_2 = "true" }
  }
}

run "function_by_itself_is_private_and_has_no_trigger" {
  command = apply
  module {
    source = "./modules/function"
  }

  assert {
    condition     = length(output.configuration.invokers) == 0 && output.configuration.triggers == 0 && output.configuration.environment == tomap({ IMAGE_BUCKET = "images" })
    error_message = "Nobody calls it, nothing triggers it, and a value of null is left out."
  }
}

run "function_with_a_secret_is_given_its_latest_version" {
  command = apply
  module {
    source = "./modules/function"
  }
  variables {
    secrets = { SIGNING_KEY = "whatsit-signing-key" }
  }

  assert {
    condition = (
      output.configuration.secrets == ["SIGNING_KEY"]
      && google_cloudfunctions2_function.this.service_config[0].secret_environment_variables[0].secret == "whatsit-signing-key"
      && google_cloudfunctions2_function.this.service_config[0].secret_environment_variables[0].version == "latest"
    )
    error_message = "The value comes from Secret Manager, at the start of an instance."
  }
}

run "function_with_a_trigger_has_its_events_delivered_again" {
  command = apply
  module {
    source = "./modules/function"
  }
  variables {
    trigger = { topic = "projects/demo-project/topics/work", service_account_email = "whatsit-invoker@demo-project.iam.gserviceaccount.com" }
  }

  assert {
    condition = (
      google_cloudfunctions2_function.this.event_trigger[0].retry_policy == "RETRY_POLICY_RETRY"
      && google_cloudfunctions2_function.this.event_trigger[0].event_type == "google.cloud.pubsub.topic.v1.messagePublished"
      && google_cloudfunctions2_function.this.event_trigger[0].service_account_email == "whatsit-invoker@demo-project.iam.gserviceaccount.com"
    )
    error_message = "Without a retry one failure loses the event."
  }
}

run "function_with_enough_memory_for_smaller_images_is_taken" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size          = { memory_mib = 512, cpu = 1, concurrency = 16, timeout = 60, max_instances = 1, image_copies = 3 }
    largest_image = 10485760
  }

  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].available_memory == "512Mi"
    error_message = "Half the image, half the memory."
  }
}

run "refuses_a_function_without_its_zip" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    archive = "tests/fixtures/missing.zip"
  }
  expect_failures = [var.archive]
}

run "refuses_a_function_with_a_name_that_cloud_run_cannot_have" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    name = "whatsit_upload"
  }
  expect_failures = [var.name]
}

run "refuses_an_ingress_that_there_is_not" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    ingress = "ALLOW_SOME"
  }
  expect_failures = [var.ingress]
}

run "refuses_concurrency_without_a_whole_cpu" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 0.5, concurrency = 2, timeout = 60, max_instances = 1 }
  }
  expect_failures = [var.size]
}

run "refuses_memory_below_what_the_images_take" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 1, concurrency = 16, timeout = 60, max_instances = 1, image_copies = 3 }
  }
  expect_failures = [var.size]
}

run "refuses_memory_in_which_no_jvm_starts" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 128, cpu = 1, concurrency = 1, timeout = 60, max_instances = 1 }
  }
  expect_failures = [var.size]
}

run "refuses_much_memory_with_little_cpu" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 8192, cpu = 1, concurrency = 1, timeout = 60, max_instances = 1 }
  }
  expect_failures = [var.size]
}

run "refuses_more_instances_at_least_than_at_most" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 1, concurrency = 1, timeout = 60, min_instances = 3, max_instances = 2 }
  }
  expect_failures = [var.size]
}

run "refuses_no_instances_at_all" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 1, concurrency = 1, timeout = 60, max_instances = 0 }
  }
  expect_failures = [var.size]
}

run "refuses_a_timeout_of_more_than_an_hour" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 1, concurrency = 1, timeout = 3601, max_instances = 1 }
  }
  expect_failures = [var.size]
}

run "refuses_more_requests_at_a_time_than_cloud_run_takes" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    size = { memory_mib = 512, cpu = 1, concurrency = 1001, timeout = 60, max_instances = 1 }
  }
  expect_failures = [var.size]
}
