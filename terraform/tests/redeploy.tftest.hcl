mock_provider "google" {
  source = "./tests/mocks"
}

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

run "first" {
  command = apply
}

run "same_zips_change_nothing" {
  command = plan

  assert {
    condition     = { for name, f in output.configuration : name => f.source } == { for name, f in run.first.configuration : name => f.source }
    error_message = "What did not change is not built again."
  }
}

run "another_jar_of_upload_changes_upload_alone" {
  command = apply
  variables {
    archives = {
      upload      = "tests/fixtures/second.zip"
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

  assert {
    condition     = [for name, f in output.configuration : name if f.source != run.first.configuration[name].source] == ["upload"]
    error_message = "A changed jar is deployed, and no other."
  }

  assert {
    condition     = alltrue([for name, f in output.configuration : merge(f, { source = "" }) == merge(run.first.configuration[name], { source = "" })])
    error_message = "Nothing but its source is different."
  }
}

run "another_jar_of_status_does_not_touch_those_that_name_its_address" {
  command = plan
  variables {
    archives = {
      upload      = "tests/fixtures/second.zip"
      status      = "tests/fixtures/second.zip"
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

  assert {
    condition     = [for name, f in output.configuration : name if f.source != run.another_jar_of_upload_changes_upload_alone.configuration[name].source] == ["status"] && output.configuration.upload.environment.PUBLIC_URL == run.first.configuration.upload.environment.PUBLIC_URL
    error_message = "Status keeps its address when it is deployed again."
  }
}
