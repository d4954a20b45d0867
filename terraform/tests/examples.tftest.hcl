mock_provider "google" {
  source = "./tests/mocks"
}

# A first plan of each example, as `terraform plan` would make it.

variables {
  project_id = "demo-project"
  archives = {
    upload      = "tests/fixtures/first.zip"
    status      = "tests/fixtures/first.zip"
    control     = "tests/fixtures/first.zip"
    classify    = "tests/fixtures/first.zip"
    thumbnail   = "tests/fixtures/first.zip"
    dead-letter = "tests/fixtures/first.zip"
    notify      = "tests/fixtures/first.zip"
    batch       = "tests/fixtures/first.zip"
    fetch       = "tests/fixtures/first.zip"
    progress    = "tests/fixtures/first.zip"
    sweep       = "tests/fixtures/first.zip"
  }
}

run "minimal_can_be_planned" {
  command = plan
  module {
    source = "./examples/minimal"
  }
}

run "minimal_is_private" {
  command = apply
  module {
    source = "./examples/minimal"
  }

  assert {
    condition     = strcontains(output.curl, "Authorization: Bearer")
    error_message = "The least that one can say leaves the door shut."
  }
}

run "complete_can_be_planned" {
  command = plan
  module {
    source = "./examples/complete"
  }
}

run "complete_has_all_of_it" {
  command = apply
  module {
    source = "./examples/complete"
  }

  assert {
    condition     = output.github.GCP_WORKLOAD_IDENTITY_PROVIDER != null && !strcontains(output.curl, "Authorization")
    error_message = "A door for everybody, and a way to deploy."
  }
}

run "recurring_can_be_planned" {
  command = plan
  module {
    source = "./examples/recurring"
  }
}

run "recurring_calls_control_and_nothing_else" {
  command = apply
  module {
    source = "./examples/recurring"
  }

  assert {
    condition = (
      google_cloud_run_service_iam_member.cron.service == "whatsit-control"
      && alltrue([for job in google_cloud_scheduler_job.again : endswith(job.http_target[0].uri, ":retry") && job.http_target[0].http_method == "POST"])
      && length(google_cloud_scheduler_job.again) == 1
    )
    error_message = "Each job asks for another run of its image."
  }
}
