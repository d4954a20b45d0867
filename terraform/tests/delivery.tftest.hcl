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

run "push_delivers_with_a_net_below" {
  command = apply

  assert {
    condition     = length(module.classify_subscription) == 1 && alltrue([for f in values(output.configuration) : f.triggers == 0])
    error_message = "One way to classify: with a subscription of our own there is no trigger."
  }

  assert {
    condition = (
      module.classify_subscription[0].configuration.topic == "projects/demo-project/topics/whatsit-work"
      && module.classify_subscription[0].configuration.endpoint == "https://classify.run.app"
      && module.classify_subscription[0].configuration.audience == "https://classify.run.app"
      && module.classify_subscription[0].configuration.token_for == "invoker@demo-project.iam.gserviceaccount.com"
      && module.classify_subscription[0].configuration.acknowledgement == 180
      && module.classify_subscription[0].configuration.retention == "604800s"
      && module.classify_subscription[0].configuration.expires == ""
      && module.classify_subscription[0].configuration.backoff == ["10s", "600s"]
    )
    error_message = "Work: pushed with a token, 180 s, kept for 7 days, backing off from 10 to 600 s, never expiring."
  }

  assert {
    condition = (
      module.classify_subscription[0].configuration.dead_letter.dead_letter_topic == "projects/demo-project/topics/whatsit-dead-letters"
      && module.classify_subscription[0].configuration.dead_letter.max_delivery_attempts == 100
    )
    error_message = "After a hundred deliveries Pub/Sub itself gives up."
  }

  assert {
    condition = toset([for grant in module.classify_subscription[0].configuration.forward_grants : "${grant.role} ${grant.on} ${grant.member}"]) == toset([
      "roles/pubsub.publisher projects/demo-project/topics/whatsit-dead-letters serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "roles/pubsub.subscriber whatsit-classify serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    ])
    error_message = "Without both grants the Pub/Sub agent moves no dead letter."
  }
}

run "thumbnails_have_the_same_work_and_no_dead_letters" {
  command = apply

  assert {
    condition = (
      length(module.thumbnail_subscription) == 1
      && module.thumbnail_subscription[0].configuration.topic == "projects/demo-project/topics/whatsit-work"
      && module.thumbnail_subscription[0].configuration.endpoint == "https://thumbnail.run.app"
      && module.thumbnail_subscription[0].configuration.token_for == "invoker@demo-project.iam.gserviceaccount.com"
      && module.thumbnail_subscription[0].configuration.acknowledgement == 180
      && module.thumbnail_subscription[0].configuration.retention == "86400s"
      && module.thumbnail_subscription[0].configuration.backoff == ["10s", "600s"]
      && module.thumbnail_subscription[0].configuration.dead_letter == null
      && length(module.thumbnail_subscription[0].configuration.forward_grants) == 0
    )
    error_message = "Thumbnails are tried for a day and then left: a dead letter would end the image's work."
  }
}

run "every_topic_has_a_subscription" {
  command = apply

  assert {
    condition = (
      toset([for topic in google_pubsub_topic.this : topic.id])
      == toset(concat([for s in module.classify_subscription : s.configuration.topic], [module.dead_letter_subscription.configuration.topic, module.notify_subscription.configuration.topic, module.progress_subscription.configuration.topic, module.fetch_subscription.configuration.topic, google_pubsub_subscription.kept.topic]))
    )
    error_message = "A topic without a subscription loses what is published to it."
  }

  assert {
    condition = (
      google_pubsub_subscription.kept.topic == "projects/demo-project/topics/whatsit-dead-letters"
      && google_pubsub_subscription.kept.message_retention_duration == "2678400s"
      && google_pubsub_subscription.kept.expiration_policy[0].ttl == ""
      && length(google_pubsub_subscription.kept.push_config) == 0
    )
    error_message = "Dead letters are kept for 31 days until somebody pulls them."
  }

  assert {
    condition = (
      module.dead_letter_subscription.configuration.topic == "projects/demo-project/topics/whatsit-dead-letters"
      && module.dead_letter_subscription.configuration.endpoint == "https://dead-letter.run.app"
      && module.dead_letter_subscription.configuration.dead_letter == null
    )
    error_message = "The function dead-letter is told of each; its own failures have no dead letters."
  }
}

run "eventarc_delivers_in_its_place" {
  command = apply
  variables {
    delivery = "eventarc"
  }

  assert {
    condition     = length(module.classify_subscription) == 0 && length(module.thumbnail_subscription) == 0 && { for name, f in output.configuration : name => f.triggers } == { upload = 0, status = 0, control = 0, classify = 1, thumbnail = 1, dead-letter = 0, notify = 0, batch = 0, fetch = 0, progress = 0, sweep = 0 }
    error_message = "One way to classify: with a trigger there is no subscription of our own."
  }

  assert {
    condition     = output.configuration.classify.entry_point == "dev.whatsit.classify.ClassifyFunction" && output.configuration.dead-letter.entry_point == "dev.whatsit.deadletter.DeadLetterPushFunction"
    error_message = "Eventarc delivers CloudEvents to classify; dead-letter is still pushed to."
  }

  assert {
    condition     = contains(keys(google_project_service.this), "eventarc.googleapis.com") && output.configuration.classify.invokers == ["serviceAccount:invoker@demo-project.iam.gserviceaccount.com"]
    error_message = "The trigger calls as the invoker."
  }

  assert {
    condition     = strcontains(local.queries.oldest_work, "eventarc-europe-west1-whatsit-classify-")
    error_message = "The backlog that is watched is that of Eventarc's subscription."
  }
}
